// Lines of a text file, one at a time, in bounded memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/byte_stream.h"
#include "llmembed/status.h"

namespace llmembed::data {

// The longest line, and the longest CSV record over several lines.
inline constexpr size_t kMaxRecordBytes = 4 << 20;

// Behind every line at least this many bytes may be read (their values mean nothing):
// what simdjson needs to parse a line where it lies.
inline constexpr size_t kLinePadding = 64;

struct Line {
  std::string_view text;  // without its end
  std::string_view end;   // "\n", "\r\n", or "" for a last line without one
  uint64_t number = 0;    // from 1
};

// Ends of lines are LF and CRLF; every other byte, NUL and a lone CR among them, is text. A UTF-8
// byte order mark at the very front is left out. Movable, and views survive the move.
class LineReader {
 public:
  // Waits for the first line. kBadData: nothing in it, or UTF-16; else as OpenByteStream and Next.
  static Result<LineReader> Open(const std::string& path);

  // The next line, or false at the end. The line lives until the next call of Next.
  // kBadData: longer than kMaxRecordBytes.
  Result<bool> Next(Line* line);

  // The same without moving on.
  Result<bool> Peek(Line* line);

  const std::string& name() const { return name_; }

  // A kBadData error about a line: "NAME: line N: WHAT".
  Status ErrorAt(uint64_t line_number, std::string_view what) const;

 private:
  LineReader(std::unique_ptr<ByteStream> stream, std::string name);
  Result<size_t> Fill();
  Status SkipByteOrderMark();
  Status TooLong() const;

  std::unique_ptr<ByteStream> stream_;
  std::string name_;
  std::vector<char> buffer_;
  size_t begin_ = 0;  // of the bytes not yet handed out
  size_t end_ = 0;
  uint64_t lines_ = 0;  // handed out so far
  bool at_end_ = false;
};

}  // namespace llmembed::data
