// Linear layers of f32 by AMX tiles of bf16, to all 24 bits: tile_gemm.h, with weights that are
// split and packed once. They take 6 bytes each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "compute/cpu/linear/weight_memory.h"
#include "compute/ops.h"
#include "tensor/aligned_buffer.h"

namespace llmembed::compute::cpu {

class SplitLinear : public PackedLinear {
 public:
  using PackedLinear::PackedLinear;
  WeightMemory memory;  // [blocks of the depth, panels of outputs], each as MultiplySplit reads it
  tensor::AlignedBuffer<float> bias;  // [outputs]

  const uint16_t* weights() const { return static_cast<const uint16_t*>(memory.get()); }
  size_t weight_bytes() const;
  PackedImage image() const override {
    return {{static_cast<const std::byte*>(memory.get()), weight_bytes()}, {}, bias.span()};
  }
};

// Thread-safe. kOutOfMemory.
Result<std::unique_ptr<PackedLinear>> PackSplitLinear(const PlainWeight& weight,
                                                      std::span<const float> bias, size_t inputs,
                                                      size_t outputs);

// As Backend::Adopt.
Result<std::unique_ptr<PackedLinear>> AdoptSplitLinear(const PackedImage& image,
                                                       std::shared_ptr<const void> owner,
                                                       size_t inputs, size_t outputs);

// Runs packed layers on the calling thread, by AMX, for which the process must have permission. A
// row's bits do not depend on the others. Not thread-safe.
class SplitRunner {
 public:
  Status Run(const SplitLinear& linear, const Matrix& in, const Matrix& out);

 private:
  tensor::AlignedBuffer<uint16_t> packed_;  // a block of the input
};

}  // namespace llmembed::compute::cpu
