// Memory for packed weights, which are large, written once and then read from end to end.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "llmembed/status.h"
#include "tensor/aligned_buffer.h"

namespace llmembed::compute::cpu {

// Or a part of a file that is mapped, and stays so as long as this is kept.
using WeightMemory = std::shared_ptr<void>;

// `bytes` > 0, of any contents, as base::AllocateLarge (packing is 1.4 to 1.8 times as fast in huge
// pages). kOutOfMemory.
Result<WeightMemory> AllocateWeightMemory(size_t bytes);

// Packed weights that `owner` keeps, which are only read.
WeightMemory AdoptedMemory(std::span<const std::byte> packed, std::shared_ptr<const void> owner);

// kMismatch unless a part of an image has the size that its layer wants.
Status CheckImageSize(size_t size, size_t wanted);

// Numbers beside a weight out of its image. kMismatch: there are more or fewer than `wanted`.
Result<tensor::AlignedBuffer<float>> CopyOfImage(std::span<const float> numbers, size_t wanted);

}  // namespace llmembed::compute::cpu
