#include "compute/cpu/linear/tile_linear.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "compute/cpu/linear/int8_kernels.h"
#include "compute/cpu/linear/onednn_support.h"
#include "compute/cpu/linear/tile_pack.h"
#include "compute/cpu/scratch.h"
#include "compute/int8.h"

namespace llmembed::compute::cpu {
namespace {

constexpr size_t ElementBytes(bool is_int8) { return is_int8 ? 1 : sizeof(uint16_t); }

// A layer that has its sizes, and no numbers yet.
Result<std::unique_ptr<TileLinear>> Describe(MathType math_type, size_t inputs, size_t outputs,
                                             OutputUse use) {
  LLMEMBED_ASSIGN_OR_RETURN(auto linear,
                            TileLinear::Create(math_type, inputs, outputs, use, kTilePanel));
  TileWeights& weights = linear->weights;
  weights.steps = TileCount(inputs * ElementBytes(weights.is_int8), kTileStep);
  return linear;
}

// Rows that go through both layers of a feed-forward before the next ones. Weights that the caches
// do not hold come from memory for each block of rows, so there should be few; else what is between
// the layers should stay in the cache.
size_t FeedForwardBlock(const TileLinear& second) {
  constexpr size_t kCachedWeight = size_t{4} << 20;
  return second.weights.weight_bytes() > kCachedWeight ? kBlockRows : kBlockRows / 2;
}

// Where the outputs of the panels from `panel` on go.
TileOutput OutputsFrom(const TileOutput& out, const TileWeights& weights, size_t panel) {
  TileOutput rest = out;
  const size_t output = panel * weights.panel_outputs();
  if (out.rows.data != nullptr) {  // a step of it has 32 of bf16
    rest.rows.data += output / kTilePanel * out.rows.step_bytes;
  } else {
    rest.f32.data = out.f32.f32() + output;
  }
  return rest;
}

TileRows TileRowsOf(const Matrix& matrix) {
  return TileRows::RowMajor(matrix.data, matrix.row_pitch() * tensor::DTypeSize(matrix.dtype));
}

}  // namespace

bool LinearUsesTiles(MathType math_type) {
  static const bool has_tiles = OneDnnUsesTiles();
  return has_tiles && math_type != MathType::kF32;
}

Result<std::unique_ptr<PackedLinear>> PackTileLinear(MathType math_type, const PlainWeight& weight,
                                                     std::span<const float> bias, size_t inputs,
                                                     size_t outputs, OutputUse use) {
  LLMEMBED_ASSIGN_OR_RETURN(auto linear, Describe(math_type, inputs, outputs, use));
  const TileWeights& weights = linear->weights;
  LLMEMBED_RETURN_IF_ERROR(linear->Allocate(bias));
  PanelPacker packer(inputs, weights.is_int8);
  for (size_t panel = 0; panel < weights.panels(); ++panel) {
    for (size_t i = 0; i < kTilePanel; ++i) {
      const size_t row = weights.WeightRow(panel, i);
      row == outputs ? packer.ClearRow(i) : packer.SetRow(i, weight, row);
    }
    packer.Pack(panel, weights.panels(), static_cast<std::byte*>(linear->memory.get()));
    if (!weights.is_int8) continue;
    std::ranges::copy(packer.scales(), linear->scales.data() + panel * kTilePanel);
  }
  return std::unique_ptr<PackedLinear>(std::move(linear));
}

Result<std::unique_ptr<PackedLinear>> PackTileBlocks(MathType math_type, std::vector<BlockRow> rows,
                                                     std::shared_ptr<const void> owner,
                                                     std::span<const float> bias, size_t inputs,
                                                     OutputUse use) {
  LLMEMBED_ASSIGN_OR_RETURN(auto linear, Describe(math_type, inputs, rows.size(), use));
  LLMEMBED_RETURN_IF_ERROR(linear->KeepBlocks(std::move(rows), std::move(owner), bias));
  return std::unique_ptr<PackedLinear>(std::move(linear));
}

Result<std::unique_ptr<PackedLinear>> AdoptTileLinear(MathType math_type, const PackedImage& image,
                                                      std::shared_ptr<const void> owner,
                                                      size_t inputs, size_t outputs,
                                                      OutputUse use) {
  LLMEMBED_ASSIGN_OR_RETURN(auto linear, Describe(math_type, inputs, outputs, use));
  LLMEMBED_RETURN_IF_ERROR(linear->Adopt(image, std::move(owner)));
  return std::unique_ptr<PackedLinear>(std::move(linear));
}

// The input as tiles read it: where it lies, or in input_.
Result<TileRows> TileRunner::Rows(const TileWeights& weights, const Matrix& in, size_t inputs) {
  const size_t row_bytes = weights.steps * kTileStep;
  if (!weights.is_int8 && inputs * sizeof(uint16_t) == row_bytes) return TileRowsOf(in);
  const size_t pitch = ProductPitch(tensor::DType::kI8, row_bytes);
  LLMEMBED_RETURN_IF_ERROR(Grow(PaddedRows(in.rows) * pitch, &input_));
  if (weights.is_int8) {
    LLMEMBED_RETURN_IF_ERROR(Grow(PaddedRows(in.rows), &row_scales_));
    QuantizeRows(in, pitch, reinterpret_cast<int8_t*>(input_.data()), row_scales_.data());
  } else {
    for (size_t row = 0; row < in.rows; ++row) {
      std::byte* to = input_.data() + row * pitch;
      std::memcpy(to, in.bf16() + row * in.row_pitch(), inputs * sizeof(uint16_t));
      std::fill(to + inputs * sizeof(uint16_t), to + row_bytes, std::byte{0});
    }
  }
  return TileRows::RowMajor(input_.data(), pitch);
}

Status TileRunner::Multiply(const TileLinear& linear, const Matrix& in, TileOutput out) {
  LLMEMBED_ASSIGN_OR_RETURN(const TileRows rows, Rows(linear.weights, in, linear.inputs()));
  out.row_scales = row_scales_.data();
  return MultiplyRows(linear, rows, in.rows, out);
}

Status TileRunner::MultiplyRows(const TileLinear& linear, const TileRows& in, size_t rows,
                                const TileOutput& out) {
  LLMEMBED_RETURN_IF_ERROR(Grow(kTileSums, &sums_));
  if (!linear.block_rows.empty()) return MultiplyBlocks(linear, in, rows, out);
  MultiplyTiles(linear.weights, in, rows, out, sums_.data());
  return {};
}

// A group of panels after another is unpacked, and meets all rows.
Status TileRunner::MultiplyBlocks(const TileLinear& linear, const TileRows& in, size_t rows,
                                  const TileOutput& out) {
  TileWeights group = linear.weights;
  const size_t most = TileOrder(group.steps).group;
  LLMEMBED_RETURN_IF_ERROR(Grow(most * group.steps * kStepBytes, &unpacked_));
  LLMEMBED_RETURN_IF_ERROR(Grow(most * kTilePanel, &unpacked_scales_));
  group.data = unpacked_.data();
  group.scales = unpacked_scales_.data();
  PanelPacker packer(linear.inputs(), group.is_int8);
  const size_t panels = linear.weights.panels();
  for (size_t first = 0; first < panels; first += most) {
    const size_t count = std::min(most, panels - first);
    for (size_t panel = 0; panel < count; ++panel) {
      for (size_t i = 0; i < kTilePanel; ++i) {
        const size_t row = linear.weights.WeightRow(first + panel, i);
        row == linear.outputs() ? packer.ClearRow(i) : packer.SetRow(i, linear.block_rows[row]);
      }
      packer.Pack(panel, count, unpacked_.data());
      std::ranges::copy(packer.scales(), unpacked_scales_.data() + panel * kTilePanel);
    }
    const size_t outputs_before = first * group.panel_outputs();
    group.outputs =
        std::min(linear.weights.outputs - outputs_before, count * group.panel_outputs());
    group.bias = linear.weights.bias + first * kTilePanel;
    MultiplyTiles(group, in, rows, OutputsFrom(out, linear.weights, first), sums_.data());
  }
  return {};
}

Status TileRunner::Linear(const TileLinear& linear, const Matrix& in, const Matrix& out,
                          Write write) {
  TileOutput to;
  if (out.dtype == tensor::DType::kBF16) {
    to.rows = TileRowsOf(out);
  } else {
    to.f32 = out;
    to.write = write;
  }
  return Multiply(linear, in, to);
}

Status TileRunner::FeedForwardRows(const FeedForwardWeights& weights, const Matrix& in,
                                   TileOutput out) {
  const auto& first = static_cast<const TileLinear&>(*weights.in);
  const auto& second = static_cast<const TileLinear&>(*weights.out);
  TileOutput inner;
  inner.activation = weights.activation;
  if (second.weights.is_int8) {  // which rounds a whole row at a time
    const size_t width = second.inputs();
    const size_t pitch = ProductPitch(tensor::DType::kBF16, width);
    LLMEMBED_RETURN_IF_ERROR(Grow(kBlockRows * pitch * sizeof(uint16_t), &inner_));
    const Matrix rows{tensor::DType::kBF16, in.rows, width, inner_.data(), pitch};
    inner.rows = TileRowsOf(rows);
    LLMEMBED_RETURN_IF_ERROR(Multiply(first, in, inner));
    return Multiply(second, rows, out);
  }
  LLMEMBED_RETURN_IF_ERROR(
      Grow(kBlockRows / kTilePanel * second.weights.steps * kStepBytes, &inner_));
  inner.rows = TileRows::PanelMajor(inner_.data(), second.weights.steps);
  inner.has_padding = true;
  LLMEMBED_RETURN_IF_ERROR(Multiply(first, in, inner));
  return MultiplyRows(second, inner.rows, in.rows, out);
}

Status TileRunner::FeedForward(const FeedForwardWeights& weights, const Matrix& in,
                               const Matrix& out, Write write) {
  const size_t block = FeedForwardBlock(static_cast<const TileLinear&>(*weights.out));
  for (size_t row = 0; row < in.rows; row += block) {
    const size_t count = std::min(block, in.rows - row);
    TileOutput to;
    to.f32 = RowRange(out, row, count);
    to.write = write;
    LLMEMBED_RETURN_IF_ERROR(FeedForwardRows(weights, RowRange(in, row, count), to));
  }
  return {};
}

}  // namespace llmembed::compute::cpu
