#include "hub/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <thread>

#include "base/environment.h"

namespace llmembed::hub {
namespace {

constexpr unsigned kMaxTries = 5;
constexpr unsigned kMaxRedirects = 5;
constexpr size_t kMaxBodyBytes = 8 << 20;
constexpr size_t kMaxErrorBodyBytes = 64 << 10;
constexpr size_t kMaxHeaderBytes = 64 << 10;
constexpr long kConnectTimeoutSeconds = 20;
constexpr long kSilenceTimeoutSeconds = 60;  // without a byte, that a transfer may last

// What libcurl's callbacks need while one request runs.
struct Transfer {
  CURL* handle = nullptr;
  const HttpRequest* request = nullptr;
  const RunContext* context = nullptr;
  HttpResponse response;
  size_t header_bytes = 0;

  // Stops the transfer: remembers why, and returns what a libcurl callback returns for "stop".
  size_t Stop(Status why) {
    response.transport = std::move(why);
    return 0;
  }
};

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  const std::string_view line(data, size * count);
  transfer->header_bytes += line.size();
  if (transfer->header_bytes > kMaxHeaderBytes) {
    return transfer->Stop({StatusCode::kNetwork, "the server's headers are too long"});
  }
  // A proxy's or an interim answer comes first: only the last answer's headers count.
  if (line.starts_with("HTTP/")) transfer->response.headers.clear();
  const size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    transfer->response.headers[name] = Trim(line.substr(colon + 1));
  }
  return line.size();
}

size_t OnBody(char* data, size_t size, size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  HttpResponse& response = transfer->response;
  const std::string_view part(data, size * count);
  curl_easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &response.code);
  if (response.Succeeded() && transfer->request->on_body) {
    Status status = transfer->request->on_body(response, part);
    return status.ok() ? part.size() : transfer->Stop(std::move(status));
  }
  if (!response.Succeeded()) {  // an error's text: its beginning is enough
    response.body.append(part.substr(0, kMaxErrorBodyBytes - response.body.size()));
  } else if (response.body.size() + part.size() > kMaxBodyBytes) {
    return transfer->Stop({StatusCode::kNetwork, "the server's answer is longer than 8 MiB"});
  } else {
    response.body.append(part);
  }
  return part.size();
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(user)->context->IsCancelled() ? 1 : 0;
}

bool IsTransientCurlError(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_CONNECT_ERROR:
      return true;
    default:
      return false;
  }
}

bool IsTransientCode(long code) { return code == 408 || code == 429 || code >= 500; }

bool IsRedirect(const HttpResponse& response) {
  return response.transport.ok() && response.code >= 301 && response.code <= 308 &&
         response.code != 304 && !response.Header("location").empty();
}

void SetCommonOptions(CURL* handle, Transfer* transfer, const Url& url) {
  curl_easy_reset(handle);
  curl_easy_setopt(handle, CURLOPT_URL, url.text.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);  // each hop is judged by Send
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "llmembed");
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, kConnectTimeoutSeconds);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, kSilenceTimeoutSeconds);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, transfer);
  if (const auto certificates = base::EnvironmentVariable("SSL_CERT_FILE")) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, certificates->c_str());
  }
}

// libcurl's own global state: set up once, before the first handle, from any thread.
bool IsCurlReady() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

}  // namespace

std::string HttpResponse::Header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? "" : found->second;
}

void HttpClient::FreeHandle::operator()(void* handle) const { curl_easy_cleanup(handle); }

Result<HttpClient> HttpClient::Create(Url trusted, std::string token,
                                      std::chrono::milliseconds first_pause,
                                      const RunContext& context) {
  HttpClient client;
  client.trusted_ = std::move(trusted);
  client.token_ = std::move(token);
  client.first_pause_ = first_pause;
  client.context_ = &context;
  client.handle_.reset(IsCurlReady() ? curl_easy_init() : nullptr);
  if (client.handle_ == nullptr) {
    return Status(StatusCode::kOutOfMemory, "libcurl could not be started");
  }
  return client;
}

HttpResponse HttpClient::SendOnce(const Url& url, const HttpRequest& request) {
  CURL* handle = handle_.get();
  Transfer transfer;
  transfer.handle = handle;
  transfer.request = &request;
  transfer.context = context_;
  SetCommonOptions(handle, &transfer, url);
  if (request.method == HttpRequest::Method::kHead) curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  const std::string range = std::to_string(request.range_start) + "-";
  if (request.range_start > 0) curl_easy_setopt(handle, CURLOPT_RANGE, range.c_str());

  // Sizes and hashes are those of the bytes as stored, so nothing may be compressed on the way.
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
      curl_slist_append(nullptr, "Accept-Encoding: identity"), curl_slist_free_all);
  if (!token_.empty() && IsSameOrigin(url, trusted_) && IsPrivate(url)) {
    curl_slist_append(headers.get(), ("Authorization: Bearer " + token_).c_str());
  }
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());

  const CURLcode result = curl_easy_perform(handle);
  HttpResponse response = std::move(transfer.response);
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &response.code);
  if (result == CURLE_OK) {
    response.is_transient = IsTransientCode(response.code);
  } else if (result == CURLE_ABORTED_BY_CALLBACK) {
    response.transport = {StatusCode::kCancelled, "cancelled while downloading " + url.shown};
  } else if (response.transport.ok()) {
    response.transport = {StatusCode::kNetwork, url.shown + ": " + curl_easy_strerror(result)};
    response.is_transient = IsTransientCurlError(result);
  }
  return response;
}

HttpResponse HttpClient::Send(const Url& url, const HttpRequest& request) {
  HttpResponse response;
  if (context_->offline) {
    response.transport = {StatusCode::kNetwork, url.shown + ": not fetched: offline"};
    return response;
  }
  Url target = url;
  for (unsigned hop = 0; hop <= kMaxRedirects; ++hop) {
    response = SendOnce(target, request);
    if (!IsRedirect(response)) return response;
    Result<Url> next = ResolveRedirect(target, response.Header("location"));
    if (!next.ok()) {
      response.transport = next.status();
      return response;
    }
    if (request.redirects == HttpRequest::Redirects::kSameOrigin && !IsSameOrigin(target, *next)) {
      return response;
    }
    target = *std::move(next);
  }
  response.transport = {StatusCode::kNetwork,
                        url.shown + ": more than " + std::to_string(kMaxRedirects) + " redirects"};
  return response;
}

HttpResponse HttpClient::SendPatiently(const Url& url, const HttpRequest& request) {
  Backoff backoff = NewBackoff();
  while (true) {
    HttpResponse response = Send(url, request);
    if (!response.is_transient || !backoff.WaitForNextTry()) {
      if (context_->IsCancelled()) response.transport = {StatusCode::kCancelled, "cancelled"};
      return response;
    }
  }
}

bool Backoff::WaitForNextTry() {
  if (tries_ >= kMaxTries) return false;
  const auto end = std::chrono::steady_clock::now() + pause_;
  while (std::chrono::steady_clock::now() < end) {
    if (context_->IsCancelled()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ++tries_;
  pause_ *= 2;
  return !context_->IsCancelled();
}

}  // namespace llmembed::hub
