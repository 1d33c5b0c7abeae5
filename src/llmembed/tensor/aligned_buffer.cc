#include "tensor/aligned_buffer.h"

#include <cstdlib>
#include <cstring>
#include <string>

namespace llmembed::tensor {
namespace {

// More than any 64-bit machine can address; asked of the allocator it would only be undefined
// arithmetic or, with a checking allocator, the end of the process.
constexpr uint64_t kAddressSpace = 1ULL << 47;

}  // namespace

Result<void*> AllocateAligned(uint64_t bytes, Fill fill) {
  void* memory = nullptr;
  if (bytes < kAddressSpace) {
    // aligned_alloc wants a multiple of the alignment.
    const uint64_t rounded = (bytes + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
    memory = std::aligned_alloc(kBufferAlignment, rounded);
  }
  if (memory == nullptr) {
    return Status(StatusCode::kOutOfMemory, "cannot allocate " + std::to_string(bytes) + " bytes");
  }
  if (fill == Fill::kZero) std::memset(memory, 0, bytes);
  return memory;
}

Status TooManyElements(uint64_t count, size_t element_size) {
  return Status(StatusCode::kOutOfMemory, "cannot allocate " + std::to_string(count) +
                                              " elements of " + std::to_string(element_size) +
                                              " bytes");
}

}  // namespace llmembed::tensor
