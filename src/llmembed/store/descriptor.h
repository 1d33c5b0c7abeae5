// An open file that closes itself, and the few system calls on files the store needs.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "llmembed/status.h"

namespace llmembed::store {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  int get() const { return number_; }

 private:
  int number_ = -1;
};

// open(2) with O_CLOEXEC and mode 0600. kNotFound, kIo.
Result<Descriptor> OpenFile(const std::string& path, int flags);

// Reads until `buffer` is full or the file ends; returns the bytes read. kIo. Never maps the
// file: one that somebody truncates meanwhile gives fewer bytes, not a signal.
Result<uint64_t> ReadAt(int descriptor, uint64_t offset, std::span<std::byte> buffer);

enum class LockKind { kShared, kExclusive };
enum class LockWait { kBlock, kTry };

// flock(2): belongs to the open file, ends with the process however that ends. Returns whether the
// lock was obtained (with kBlock always). A failed try to convert a lock loses the old one.
Result<bool> LockFile(int descriptor, LockKind kind, LockWait wait);
void UnlockFile(int descriptor);

// The system calls by which records reach the disk. Tests put failing ones in their place.
class FileCalls {
 public:
  virtual ~FileCalls() = default;
  virtual ssize_t Write(int descriptor, std::span<const std::byte> bytes, uint64_t offset);
  virtual int Sync(int descriptor);

  static FileCalls& System();
};

}  // namespace llmembed::store
