// Standard output, buffered, with every failure to write reported.
#pragma once

#include <string>
#include <string_view>

#include "llmembed/status.h"

namespace llmembed::cli {

// Results go here and nothing else does. Not thread-safe.
class StandardOutput {
 public:
  StandardOutput();

  // Every text ends in a newline; a terminal sees it at once. kIo: it could not be written (disk
  // full, reader gone); from then on every call fails in the same way and writes nothing.
  Status Write(std::string_view text);
  Status Flush();

  // Whether the reader of a pipe has gone (`llmembed ... | head`): it has what it wanted.
  bool reader_gone() const { return reader_gone_; }

 private:
  std::string buffer_;
  Status failure_;
  bool is_terminal_;
  bool reader_gone_ = false;
};

}  // namespace llmembed::cli
