// For targets whose readers want a path: a file in memory.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

// Aborts when there is no such file to be had.
class MemoryFile {
 public:
  MemoryFile(const uint8_t* bytes, size_t size) : descriptor_(::memfd_create("fuzz", 0)) {
    const bool written = descriptor_ >= 0 &&
                         ::write(descriptor_, bytes, size) == static_cast<ssize_t>(size) &&
                         ::lseek(descriptor_, 0, SEEK_SET) == 0;
    if (!written) __builtin_trap();
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(descriptor_); }

  std::string path() const { return "/dev/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};
