// Linear layers and feed-forward networks by vectors, in f32 and int8, with what follows a product
// done inside it: for CPUs on which oneDNN is slow or, in int8, wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "compute/cpu/linear/panel_linear.h"
#include "compute/cpu/linear/vector_kernels.h"
#include "compute/ops.h"
#include "tensor/aligned_buffer.h"

namespace llmembed::compute::cpu {

// Whether linear layers of the type are done here on this CPU: f32 without AVX-512, and int8 where
// its activations are bytes (oneDNN's sums of pairs saturate there at 16 bits).
bool LinearUsesVectors(MathType math_type);

using VectorLinear = PanelLinear<VectorWeights>;

// math_type: kF32 or kInt8 (compute/int8.h). Thread-safe. kOutOfMemory; kUnsupported for more than
// kMostInt8Inputs.
Result<std::unique_ptr<PackedLinear>> PackVectorLinear(MathType math_type,
                                                       const PlainWeight& weight,
                                                       std::span<const float> bias, size_t inputs,
                                                       size_t outputs, OutputUse use);

// As Backend::PackBlocks.
Result<std::unique_ptr<PackedLinear>> PackVectorBlocks(MathType math_type,
                                                       std::vector<BlockRow> rows,
                                                       std::shared_ptr<const void> owner,
                                                       std::span<const float> bias, size_t inputs,
                                                       OutputUse use);

// As Backend::Adopt.
Result<std::unique_ptr<PackedLinear>> AdoptVectorLinear(MathType math_type,
                                                        const PackedImage& image,
                                                        std::shared_ptr<const void> owner,
                                                        size_t inputs, size_t outputs,
                                                        OutputUse use);

// Runs packed layers on the calling thread. Contracts: Stream. Not thread-safe.
class VectorRunner {
 public:
  Status Linear(const VectorLinear& linear, const Matrix& in, const Matrix& out, Write write) {
    return Multiply(linear, in, {out, write, {}});
  }
  Status FeedForward(const FeedForwardWeights& weights, const Matrix& in, const Matrix& out,
                     Write write);

 private:
  Status Multiply(const VectorLinear& linear, const Matrix& in, const VectorOutput& out);
  Status MultiplyBlocks(const VectorLinear& linear, const VectorRows& in, size_t rows,
                        const VectorOutput& out);
  Result<VectorRows> Rows(const VectorLinear& linear, const Matrix& in);

  tensor::AlignedBuffer<float> scratch_;
  tensor::AlignedBuffer<std::byte> input_;  // its rows, as bytes or with gaps
  tensor::AlignedBuffer<float> row_scales_, row_offsets_;
  tensor::AlignedBuffer<float> inner_;  // of a feed-forward network
  // Of a weight in blocks: some of its panels.
  tensor::AlignedBuffer<std::byte> unpacked_;
  tensor::AlignedBuffer<float> unpacked_scales_;
};

}  // namespace llmembed::compute::cpu
