#include "compute/cpu/weight_memory.h"

#include <sys/mman.h>

#include <string>

#include "tensor/aligned_buffer.h"

namespace llmembed::compute::cpu {

Result<WeightMemory> AllocateWeightMemory(size_t bytes) {
  constexpr size_t kHugePage = size_t{1} << 21;
  const size_t alignment = bytes < kHugePage ? tensor::kBufferAlignment : kHugePage;
  const size_t rounded =
      (bytes + tensor::kBufferAlignment - 1) / tensor::kBufferAlignment * tensor::kBufferAlignment;
  void* memory = nullptr;
  // Unlike aligned_alloc it takes sizes that are no multiple of the alignment.
  if (posix_memalign(&memory, alignment, rounded) != 0) {
    return Status(StatusCode::kOutOfMemory,
                  "cannot allocate " + std::to_string(bytes) + " bytes for weights");
  }
  // A wish: where it is not granted everything works with small pages.
  if (const size_t huge = bytes / kHugePage * kHugePage; huge > 0) {
    madvise(memory, huge, MADV_HUGEPAGE);
  }
  return WeightMemory(memory);
}

}  // namespace llmembed::compute::cpu
