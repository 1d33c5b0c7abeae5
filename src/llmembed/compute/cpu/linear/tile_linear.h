// Linear layers and feed-forward networks by AMX tiles, in bf16 and int8, with what follows a
// product done inside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "compute/cpu/linear/panel_linear.h"
#include "compute/cpu/linear/tile_kernels.h"
#include "compute/ops.h"
#include "tensor/aligned_buffer.h"

namespace llmembed::compute::cpu {

// Whether linear layers of the type are done here on this CPU: bf16 and int8 where there is AMX.
bool LinearUsesTiles(MathType math_type);

using TileLinear = PanelLinear<TileWeights>;

// math_type: kBF16 or kInt8 (compute/int8.h). Thread-safe. kOutOfMemory; kUnsupported for more than
// kMostInt8Inputs.
Result<std::unique_ptr<PackedLinear>> PackTileLinear(MathType math_type, const PlainWeight& weight,
                                                     std::span<const float> bias, size_t inputs,
                                                     size_t outputs, OutputUse use);

// As Backend::PackBlocks.
Result<std::unique_ptr<PackedLinear>> PackTileBlocks(MathType math_type, std::vector<BlockRow> rows,
                                                     std::shared_ptr<const void> owner,
                                                     std::span<const float> bias, size_t inputs,
                                                     OutputUse use);

// As Backend::Adopt.
Result<std::unique_ptr<PackedLinear>> AdoptTileLinear(MathType math_type, const PackedImage& image,
                                                      std::shared_ptr<const void> owner,
                                                      size_t inputs, size_t outputs, OutputUse use);

// Runs packed layers on the calling thread, by AMX, for which the process must have permission.
// Contracts: Stream. Not thread-safe.
class TileRunner {
 public:
  Status Linear(const TileLinear& linear, const Matrix& in, const Matrix& out, Write write);
  Status FeedForward(const FeedForwardWeights& weights, const Matrix& in, const Matrix& out,
                     Write write);

 private:
  Status Multiply(const TileLinear& linear, const Matrix& in, TileOutput out);
  Status MultiplyRows(const TileLinear& linear, const TileRows& in, size_t rows,
                      const TileOutput& out);
  Status MultiplyBlocks(const TileLinear& linear, const TileRows& in, size_t rows,
                        const TileOutput& out);
  Result<TileRows> Rows(const TileWeights& weights, const Matrix& in, size_t inputs);
  Status FeedForwardRows(const FeedForwardWeights& weights, const Matrix& in, TileOutput out);

  tensor::AlignedBuffer<float> sums_;       // [kTileSums]
  tensor::AlignedBuffer<std::byte> input_;  // rows, padded or of int8
  tensor::AlignedBuffer<float> row_scales_;
  tensor::AlignedBuffer<std::byte> inner_;  // of a feed-forward network
  // Of a weight in blocks: a group of its panels.
  tensor::AlignedBuffer<std::byte> unpacked_;
  tensor::AlignedBuffer<float> unpacked_scales_;
};

}  // namespace llmembed::compute::cpu
