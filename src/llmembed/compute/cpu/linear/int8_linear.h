// Linear layers of int8 by oneDNN: weights by output, activations by token (compute/int8.h). Where
// there is AMX, tile_linear.h has faster ones; the sums are whole numbers and the same.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <span>
#include <tuple>

#include "compute/cpu/linear/onednn_support.h"
#include "compute/cpu/linear/weight_memory.h"
#include "compute/ops.h"
#include "tensor/aligned_buffer.h"

namespace llmembed::compute::cpu {

class Int8Linear : public PackedLinear {
 public:
  using PackedLinear::PackedLinear;
  WeightMemory memory;
  dnnl::memory weight;                  // [K, N] in `memory`, as oneDNN wants it
  tensor::AlignedBuffer<float> scales;  // [N, padded]
  tensor::AlignedBuffer<float> bias;    // [N, padded]

  PackedImage image() const override { return {ImageOf(weight), scales.span(), bias.span()}; }
};

// Thread-safe. kUnsupported for more than kMostInt8Inputs, kInternal when oneDNN refuses,
// kOutOfMemory.
Result<std::unique_ptr<PackedLinear>> PackInt8Linear(const PlainWeight& weight,
                                                     std::span<const float> bias, size_t inputs,
                                                     size_t outputs);

// As Backend::Adopt.
Result<std::unique_ptr<PackedLinear>> AdoptInt8Linear(const PackedImage& image,
                                                      std::shared_ptr<const void> owner,
                                                      size_t inputs, size_t outputs);

// Runs packed layers on the calling thread. Not thread-safe.
class Int8Runner {
 public:
  Status Run(const Int8Linear& linear, const Matrix& in, const Matrix& out);

 private:
  Status Multiply(const Int8Linear& linear, size_t rows);  // quantized_ into sums_

  tensor::AlignedBuffer<int8_t> quantized_;                                // [rows, inputs]
  tensor::AlignedBuffer<float> row_scales_;                                // [rows]
  tensor::AlignedBuffer<int32_t> sums_;                                    // [rows, outputs]
  std::map<std::tuple<size_t, size_t, size_t>, dnnl::matmul> primitives_;  // rows, inputs, outputs
};

}  // namespace llmembed::compute::cpu
