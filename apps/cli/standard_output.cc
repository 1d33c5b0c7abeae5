#include "standard_output.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "terminal.h"

namespace llmembed::cli {
namespace {

constexpr size_t kBufferBytes = 64 << 10;

}  // namespace

StandardOutput::StandardOutput() : is_terminal_(::isatty(STDOUT_FILENO) == 1) {}

Status StandardOutput::Write(std::string_view text) {
  LLMEMBED_RETURN_IF_ERROR(failure_);
  buffer_ += text;
  return is_terminal_ || buffer_.size() >= kBufferBytes ? Flush() : Status();
}

Status StandardOutput::Flush() {
  LLMEMBED_RETURN_IF_ERROR(failure_);
  if (is_terminal_) ClearLineInPlace();
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      reader_gone_ = errno == EPIPE;
      failure_ = Status(StatusCode::kIo, "cannot write to standard output: " +
                                             std::generic_category().message(errno));
      break;
    }
  }
  buffer_.clear();
  return failure_;
}

}  // namespace llmembed::cli
