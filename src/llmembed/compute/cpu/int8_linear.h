// Linear layers of int8: weights by output, activations by token (compute/int8.h). By AMX where
// there is one, else by oneDNN, which has kernels for the other instruction sets; the sums are
// whole numbers, so that both give the same bits.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <span>
#include <tuple>

#include "compute/cpu/weight_memory.h"
#include "compute/ops.h"
#include "tensor/aligned_buffer.h"

namespace llmembed::compute::cpu {

class Int8Linear : public PackedLinear {
 public:
  using PackedLinear::PackedLinear;
  WeightMemory memory;
  dnnl::memory weight;                  // [K, N] in `memory`, as oneDNN wants it; empty with tiles
  tensor::AlignedBuffer<float> scales;  // [N, padded]
  tensor::AlignedBuffer<float> bias;    // [N, padded]
};

// Thread-safe. kUnsupported for more than kMostInt8Inputs, kInternal when oneDNN refuses,
// kOutOfMemory.
Result<std::unique_ptr<PackedLinear>> PackInt8Linear(const PlainWeight& weight,
                                                     std::span<const float> bias, size_t inputs,
                                                     size_t outputs);

// Runs packed layers on the calling thread. Not thread-safe.
class Int8Runner {
 public:
  Status Run(const Int8Linear& linear, const Matrix& in, const Matrix& out);

 private:
  Status Multiply(const Int8Linear& linear, size_t rows);  // quantized_ into sums_

  tensor::AlignedBuffer<int8_t> quantized_;  // [rows, padded inputs]
  tensor::AlignedBuffer<float> row_scales_;  // [rows]
  tensor::AlignedBuffer<int32_t> sums_;      // [rows, outputs], of oneDNN
  std::map<std::tuple<size_t, size_t, size_t>, dnnl::matmul> primitives_;  // rows, inputs, outputs
};

}  // namespace llmembed::compute::cpu
