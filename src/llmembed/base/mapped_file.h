// A whole file mapped read-only.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "llmembed/status.h"

namespace llmembed::base {

// Immutable after Open, so safe to read from many threads. Someone who truncates the file while
// it is mapped ends the process (SIGBUS): our own writers never do, they rename (file_io.h).
class MappedFile {
 public:
  static Result<MappedFile> Open(const std::string& path);  // kNotFound, kIo
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::string& path() const { return path_; }

 private:
  MappedFile() = default;
  std::string path_;
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

// Gives the whole pages among these bytes of a mapped file back; they are read again when needed.
// Of nothing but a MappedFile's bytes: other memory would be lost.
void DropPages(std::span<const std::byte> mapped);

}  // namespace llmembed::base
