#include "hub/url.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace llmembed::hub {
namespace {

struct FreeHandle {
  void operator()(CURLU* handle) const { curl_url_cleanup(handle); }
};
using Handle = std::unique_ptr<CURLU, FreeHandle>;

std::string Part(CURLU* handle, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle, part, &text, flags) != CURLUE_OK) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

Result<Url> Read(const Handle& handle) {
  Url url;
  // The user part goes: credentials in an address would end up in messages and logs.
  curl_url_set(handle.get(), CURLUPART_USER, nullptr, 0);
  curl_url_set(handle.get(), CURLUPART_PASSWORD, nullptr, 0);
  curl_url_set(handle.get(), CURLUPART_FRAGMENT, nullptr, 0);
  url.scheme = Part(handle.get(), CURLUPART_SCHEME);
  url.host = Part(handle.get(), CURLUPART_HOST);
  std::transform(url.host.begin(), url.host.end(), url.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  url.port = Part(handle.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  url.text = Part(handle.get(), CURLUPART_URL, CURLU_NO_DEFAULT_PORT);
  url.shown = url.text.substr(0, url.text.find('?'));
  if ((url.scheme != "https" && url.scheme != "http") || url.host.empty()) {
    return Status(StatusCode::kNetwork, "'" + url.shown + "' is not an https address");
  }
  return url;
}

}  // namespace

Result<Url> ParseUrl(std::string_view text) {
  const Handle handle(curl_url());
  if (curl_url_set(handle.get(), CURLUPART_URL, std::string(text).c_str(), 0) != CURLUE_OK) {
    return Status(StatusCode::kNetwork, "'" + std::string(text) + "' is not a web address");
  }
  return Read(handle);
}

Result<Url> ResolveRedirect(const Url& from, std::string_view location) {
  const Handle handle(curl_url());
  const std::string target(location);
  if (curl_url_set(handle.get(), CURLUPART_URL, from.text.c_str(), 0) != CURLUE_OK ||
      curl_url_set(handle.get(), CURLUPART_URL, target.c_str(), 0) != CURLUE_OK) {
    return Status(StatusCode::kNetwork, from.shown + " redirects to something that is no address");
  }
  LLMEMBED_ASSIGN_OR_RETURN(Url url, Read(handle));
  if (from.scheme == "https" && url.scheme != "https") {
    return Status(StatusCode::kNetwork,
                  from.shown + " redirects to " + url.shown + ", which is not encrypted: refused");
  }
  return url;
}

bool IsSameOrigin(const Url& a, const Url& b) {
  return a.scheme == b.scheme && a.host == b.host && a.port == b.port;
}

bool IsPrivate(const Url& url) {
  return url.scheme == "https" || url.host == "localhost" || url.host == "[::1]" ||
         url.host == "127.0.0.1";
}

std::string PercentEncode(std::string_view text) {
  char* encoded = curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size()));
  if (encoded == nullptr) return "";
  std::string copy(encoded);
  curl_free(encoded);
  return copy;
}

}  // namespace llmembed::hub
