// Keeps the part of a read-only file map that counts as this process's memory small.
#pragma once

#include <atomic>
#include <cstdint>

namespace llmembed::store {

// Touch is thread-safe. The pages let go are read again from the page cache when needed.
class ResidentMap {
 public:
  // Finds where the file is mapped; to be called again whenever that has changed. Not finding it
  // only means that pages are not let go.
  void Locate(int descriptor);
  void Forget() { address_ = nullptr; }

  // An address in the map is being read, after *last_address (which becomes it). Lets go of all
  // pages when about the budget of 4 MiB of them have come in.
  void Touch(const void* address, const void** last_address);

 private:
  void* address_ = nullptr;
  uint64_t bytes_ = 0;
  std::atomic<uint64_t> faults_ = 0;  // about, since pages were last let go
};

}  // namespace llmembed::store
