#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "text_format.h"

namespace llmembed::cli {
namespace {

constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[1;33m";
constexpr std::string_view kPlain = "\x1b[0m";
constexpr std::string_view kEraseLine = "\r\x1b[K";

bool line_in_place = false;  // a property of the terminal, which the process has one of

void WriteAll(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
}

// The program's only look at the environment; the library's own is LLMEMBED_HOME and its like.
std::string_view EnvironmentVariable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool HasColour() { return CanRedraw() && EnvironmentVariable("NO_COLOR").empty(); }

void PrintMarked(std::string_view word, std::string_view colour, std::string_view message) {
  std::string line = "llmembed: ";
  if (HasColour()) {
    (line += colour) += word;
    line += kPlain;
  } else {
    line += word;
  }
  WriteToStandardError(line + PrintableMessage(message) + "\n");
}

}  // namespace

bool CanRedraw() {
  static const bool can_redraw =
      ::isatty(STDERR_FILENO) == 1 && EnvironmentVariable("TERM") != "dumb";
  return can_redraw;
}

size_t TerminalWidth() {
  winsize size = {};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

void WriteToStandardError(std::string_view text) {
  ClearLineInPlace();
  WriteAll(text);
}

void ShowInPlace(std::string_view line) {
  WriteAll(std::string(kEraseLine).append(line));
  line_in_place = true;
}

void ClearLineInPlace() {
  if (line_in_place) WriteAll(kEraseLine);
  line_in_place = false;
}

void PrintError(std::string_view message) { PrintMarked("error: ", kRed, message); }

void PrintWarning(std::string_view message) { PrintMarked("warning: ", kYellow, message); }

void PrintNote(std::string_view message) {
  WriteToStandardError("llmembed: " + PrintableMessage(message) + "\n");
}

}  // namespace llmembed::cli
