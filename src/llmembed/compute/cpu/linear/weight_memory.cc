#include "compute/cpu/linear/weight_memory.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/large_memory.h"

namespace llmembed::compute::cpu {

Result<WeightMemory> AllocateWeightMemory(size_t bytes) {
  void* memory = base::AllocateLarge(bytes);
  if (memory == nullptr) {
    return Status(StatusCode::kOutOfMemory,
                  "cannot allocate " + std::to_string(bytes) + " bytes for weights");
  }
  return WeightMemory(memory, [](void* allocated) { std::free(allocated); });
}

WeightMemory AdoptedMemory(std::span<const std::byte> packed, std::shared_ptr<const void> owner) {
  return {std::move(owner), const_cast<std::byte*>(packed.data())};
}

Status CheckImageSize(size_t size, size_t wanted) {
  if (size == wanted) return {};
  return {StatusCode::kMismatch, "a packed layer's part has the size " + std::to_string(size) +
                                     ", expected " + std::to_string(wanted)};
}

Result<tensor::AlignedBuffer<float>> CopyOfImage(std::span<const float> numbers, size_t wanted) {
  LLMEMBED_RETURN_IF_ERROR(CheckImageSize(numbers.size(), wanted));
  LLMEMBED_ASSIGN_OR_RETURN(auto copy, tensor::AlignedBuffer<float>::Create(wanted));
  std::copy(numbers.begin(), numbers.end(), copy.data());
  return copy;
}

}  // namespace llmembed::compute::cpu
