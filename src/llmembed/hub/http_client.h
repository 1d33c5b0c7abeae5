// HTTP by libcurl: one request at a time, bounded, cancellable, with a token kept where it belongs.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "hub/url.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::hub {

struct HttpResponse {
  // Ok when an answer came, whatever its code; else why none came, or why it was cut.
  Status transport;
  // Whether the same request may well succeed later: connection trouble, 408, 429, 5xx.
  bool is_transient = false;
  long code = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // empty when on_body took it

  // The header's value; "" when there is none.
  std::string Header(const std::string& lower_case_name) const;
  bool Succeeded() const { return transport.ok() && code >= 200 && code < 300; }
};

struct HttpRequest {
  enum class Method { kGet, kHead };
  // kSameOrigin: a redirect to another origin is not followed but is itself the answer.
  enum class Redirects { kAnywhere, kSameOrigin };

  Method method = Method::kGet;
  Redirects redirects = Redirects::kAnywhere;
  uint64_t range_start = 0;  // > 0: asks for the bytes from there on
  // Receives the body of a 2xx answer in parts; an error stops the transfer and becomes
  // `transport`. Without it, the body is collected, up to 8 MiB.
  std::function<Status(const HttpResponse& head, std::string_view part)> on_body;
};

// The pauses between tries, 5 tries in all: first_pause, then each time twice the last.
class Backoff {
 public:
  Backoff(const RunContext& context, std::chrono::milliseconds first_pause)
      : context_(&context), pause_(first_pause) {}

  // Waits for the next try's time; false when there is none left or the context is cancelled.
  bool WaitForNextTry();

 private:
  const RunContext* context_;
  std::chrono::milliseconds pause_;
  unsigned tries_ = 1;
};

// Not thread-safe; keeps its connections open from one request to the next.
class HttpClient {
 public:
  // `token`, unless empty, is sent to the origin of `trusted` alone, and there only if nobody on
  // the way can read it. The context must outlive the client; if it is offline every request fails.
  static Result<HttpClient> Create(Url trusted, std::string token,
                                   std::chrono::milliseconds first_pause,
                                   const RunContext& context);

  // One try. At most 5 redirects, never from https to http.
  HttpResponse Send(const Url& url, const HttpRequest& request);

  // Sends again while the failure is transient and Backoff allows it. Not for requests with
  // on_body, which would get the beginning twice.
  HttpResponse SendPatiently(const Url& url, const HttpRequest& request);

  Backoff NewBackoff() const { return {*context_, first_pause_}; }

 private:
  struct FreeHandle {
    void operator()(void* handle) const;
  };
  HttpClient() = default;
  HttpResponse SendOnce(const Url& url, const HttpRequest& request);

  Url trusted_;
  std::string token_;
  std::chrono::milliseconds first_pause_{};
  const RunContext* context_ = nullptr;
  std::unique_ptr<void, FreeHandle> handle_;
};

}  // namespace llmembed::hub
