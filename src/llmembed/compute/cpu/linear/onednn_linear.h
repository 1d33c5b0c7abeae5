// Linear layers by oneDNN's matmul with weights packed once.
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

class OneDnnLinear : public PackedLinear {
 public:
  using PackedLinear::PackedLinear;
  WeightMemory weight_memory;
  dnnl::memory weight;                // [K, N] in the layout oneDNN chose, in weight_memory
  tensor::AlignedBuffer<float> bias;  // [N]
  dnnl::memory bias_memory;           // [1, N], in `bias`

  PackedImage image() const override { return {ImageOf(weight), {}, bias.span()}; }
};

// Thread-safe; each call works on its own thread. The one copy that it makes is the packed weight.
// kInternal when oneDNN refuses, kOutOfMemory.
Result<std::unique_ptr<PackedLinear>> PackOneDnnLinear(MathType math_type,
                                                       const PlainWeight& weight,
                                                       std::span<const float> bias, size_t inputs,
                                                       size_t outputs);

// As Backend::Adopt.
Result<std::unique_ptr<PackedLinear>> AdoptOneDnnLinear(MathType math_type,
                                                        const PackedImage& image,
                                                        std::shared_ptr<const void> owner,
                                                        size_t inputs, size_t outputs);

// Runs packed layers, keeping one primitive a shape: making one costs 0.1 ms. Each runs on the
// calling thread alone: parallelism is between streams. Not thread-safe.
class OneDnnRunner {
 public:
  OneDnnRunner();
  Status Run(const OneDnnLinear& linear, const Matrix& in, const Matrix& out);

 private:
  // rows, inputs, outputs, the input's pitch, input type, output type
  using Key = std::tuple<size_t, size_t, size_t, size_t, tensor::DType, tensor::DType>;

  dnnl::stream stream_;
  std::map<Key, dnnl::matmul> primitives_;
};

}  // namespace llmembed::compute::cpu
