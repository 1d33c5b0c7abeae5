// The bytes of a file or of standard input, decompressed on the way.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "llmembed/status.h"

namespace llmembed::data {

// A source of bytes that is read once, from front to end. Not thread-safe.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Puts at least one byte at the front of `buffer` (which must not be empty) and returns how many;
  // 0 at the end. Returns what is there instead of waiting until the buffer is full, so that a pipe
  // is read as it is written. After an error or the end the stream is not to be read again.
  virtual Result<size_t> Read(std::span<char> buffer) = 0;
};

// Opens a file, or standard input for "-". gzip (one or more members) and Zstandard (one or more
// frames) are recognised by their first bytes, whatever the name says, and decompressed.
// Memory: a buffer of 64 KiB and the window of the compressor (at most 128 MiB).
// kNotFound, kIo: cannot be opened or read; kUnsupported: another kind of compression, or a larger
// window. Damaged or truncated compressed data, and a file named .gz or .zst that is neither, are
// kCorrupt: with the first Read that meets it.
Result<std::unique_ptr<ByteStream>> OpenByteStream(const std::string& path);

// What messages call the source: the path, or "standard input" for "-".
std::string SourceName(const std::string& path);

}  // namespace llmembed::data
