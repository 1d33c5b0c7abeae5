// Errors as values. No function of this library throws, prints, exits or aborts on bad input.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "llmembed/export.h"

namespace llmembed {

// A closed set: each kind is a different thing for the caller to do.
// apps/cli turns a kind into an exit code by one table (docs/cli.md).
enum class StatusCode {
  kOk = 0,
  kUsage,        // the caller's options do not fit together, or name something unknown
  kNotFound,     // a file, model, column or bundle is not there
  kBadData,      // the user's texts, labels or recipe are not usable as they are
  kCorrupt,      // a file of ours or of a model is damaged or hostile
  kUnsupported,  // well-formed, but something we do not do (named in the message)
  kMismatch,     // parts do not belong together: another backbone, dtype, format version
  kIo,           // reading or writing failed: disk full, read-only, permission
  kNetwork,      // a download failed, or a socket is needed while offline
  kCancelled,    // the caller asked to stop; what was done so far is kept
  kOutOfMemory,  // more memory is needed than there is
  kInternal,     // a bug in llmembed
};

// The kind's name as in documents and JSON, e.g. "bad_data".
LLMEMBED_EXPORT const char* StatusCodeName(StatusCode code);

// A kind and one message that says what, where and what was expected.
class [[nodiscard]] Status {
 public:
  Status() = default;  // ok
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }

  // The same error with "context: " before its message.
  Status WithContext(const std::string& context) const {
    return ok() ? *this : Status(code_, context + ": " + message_);
  }

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

// A value, or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(*-explicit-*)
  Result(Status status)
      : state_(std::in_place_index<1>, std::move(status)) {  // NOLINT(*-explicit-*)
    if (std::get<1>(state_).ok()) {
      state_.template emplace<1>(StatusCode::kInternal, "a Result was made from an ok Status");
    }
  }

  bool ok() const { return state_.index() == 0; }
  Status status() const { return ok() ? Status() : std::get<1>(state_); }

  // Precondition of the four: ok().
  T& operator*() & { return *std::get_if<0>(&state_); }
  const T& operator*() const& { return *std::get_if<0>(&state_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }

 private:
  std::variant<T, Status> state_;
};

}  // namespace llmembed

// Leaves the function with the error of `expression` (a Status), if it is one.
#define LLMEMBED_RETURN_IF_ERROR(expression)                        \
  do {                                                              \
    if (::llmembed::Status status_ = (expression); !status_.ok()) { \
      return status_;                                               \
    }                                                               \
  } while (false)

// NOLINTBEGIN(bugprone-macro-parentheses): declarations and types stand in no parentheses
#define LLMEMBED_CONCAT_INNER_(a, b) a##b
#define LLMEMBED_CONCAT_(a, b) LLMEMBED_CONCAT_INNER_(a, b)
#define LLMEMBED_ASSIGN_OR_RETURN_IMPL_(result, declaration, expression) \
  auto result = (expression);                                            \
  if (!result.ok()) {                                                    \
    return result.status();                                              \
  }                                                                      \
  declaration = *std::move(result)

// LLMEMBED_ASSIGN_OR_RETURN(auto value, MakeValue()): the value, or leaves with its error.
#define LLMEMBED_ASSIGN_OR_RETURN(declaration, expression) \
  LLMEMBED_ASSIGN_OR_RETURN_IMPL_(LLMEMBED_CONCAT_(result_, __LINE__), declaration, expression)
// NOLINTEND(bugprone-macro-parentheses)
