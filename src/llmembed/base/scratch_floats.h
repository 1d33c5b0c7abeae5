// Large working arrays that live on disk where they would fill the memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "llmembed/status.h"

namespace llmembed::base {

// An array of floats, all 0 at first. A small one lies in memory; a large one in a file that has no
// name any more and vanishes with the process: its pages are the system's cache, not this process's
// own memory, and are written out when memory is short. Movable.
class ScratchFloats {
 public:
  // A file is made in `folder`, which is created (private) where it is missing.
  // kIo: there is no room on the disk (found here, not at a later access), or no right to write.
  static Result<ScratchFloats> Create(const std::string& folder, uint64_t size);

  ScratchFloats() = default;
  ScratchFloats(ScratchFloats&& other) noexcept;
  ScratchFloats& operator=(ScratchFloats&& other) noexcept;
  ~ScratchFloats();

  std::span<float> values() { return {data_, size_}; }
  std::span<const float> values() const { return {data_, size_}; }

 private:
  float* data_ = nullptr;  // mapped
  uint64_t size_ = 0;
};

}  // namespace llmembed::base
