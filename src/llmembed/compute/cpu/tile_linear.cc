#include "compute/cpu/tile_linear.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "compute/cpu/int8_kernels.h"
#include "compute/cpu/onednn_support.h"
#include "compute/cpu/scratch.h"
#include "compute/int8.h"
#include "compute/plain_weight.h"

namespace llmembed::compute::cpu {
namespace {

constexpr size_t ElementBytes(bool is_int8) { return is_int8 ? 1 : sizeof(uint16_t); }

// The row of the weight that is output `i` of a panel, or none: `outputs`.
size_t SourceRow(const TileWeights& weights, size_t outputs, size_t panel, size_t i) {
  if (!weights.is_gated) return std::min(panel * kTilePanel + i, outputs);
  constexpr size_t kHalf = kTilePanel / 2;
  const size_t output = panel * kHalf + i % kHalf;
  if (output >= weights.outputs) return outputs;
  return i < kHalf ? output : weights.outputs + output;
}

// One row as bf16 or int8; of int8 returns the scale. values: [inputs], scratch.
float RoundRow(const PlainWeight& weight, size_t row, size_t inputs, bool is_int8, float* values,
               std::byte* to) {
  if (!is_int8 && weight.dtype == tensor::DType::kBF16) {
    const size_t bytes = inputs * sizeof(uint16_t);
    std::memcpy(to, static_cast<const std::byte*>(weight.data) + row * bytes, bytes);
    return 1.0F;
  }
  LoadRow(weight, row, inputs, values);
  float scale = 1.0F;
  if (is_int8) {
    const Matrix matrix{tensor::DType::kF32, 1, inputs, values};
    QuantizeRows(matrix, inputs, reinterpret_cast<int8_t*>(to), &scale);
    return scale;
  }
  auto* rounded = reinterpret_cast<uint16_t*>(to);
  for (size_t k = 0; k < inputs; ++k) rounded[k] = tensor::BF16FromFloat(values[k]);
  return scale;
}

// The panel's 32 rows, `pitch` bytes apart, into the order of TileWeights.
void PackPanel(const std::byte* rows, size_t pitch, size_t panel, const TileWeights& weights,
               std::byte* data) {
  constexpr size_t kWords = kTileStep / sizeof(uint32_t);
  for (size_t step = 0; step < weights.steps; ++step) {
    std::byte* to = data + StepOffset(weights.steps, weights.panels(), panel, step);
    for (size_t i = 0; i < kTilePanel; ++i) {
      const std::byte* from = rows + i * pitch + step * kTileStep;
      std::byte* column = to + i / kWords * (kStepBytes / 2) + i % kWords * sizeof(uint32_t);
      for (size_t word = 0; word < kWords; ++word) {
        std::memcpy(column + word * kTileStep, from + word * sizeof(uint32_t), sizeof(uint32_t));
      }
    }
  }
}

// A layer that has its sizes, and no numbers yet.
Result<std::unique_ptr<TileLinear>> Describe(MathType math_type, size_t inputs, size_t outputs,
                                             OutputUse use) {
  auto linear = std::make_unique<TileLinear>(inputs, outputs);
  TileWeights& weights = linear->weights;
  weights.is_int8 = math_type == MathType::kInt8;
  if (weights.is_int8) LLMEMBED_RETURN_IF_ERROR(CheckInt8Inputs(inputs));
  weights.is_gated = use == OutputUse::kGated;
  weights.outputs = weights.is_gated ? outputs / 2 : outputs;
  weights.steps = TileCount(inputs * ElementBytes(weights.is_int8), kTileStep);
  return linear;
}

Matrix RowsOf(const Matrix& matrix, size_t first, size_t count) {
  Matrix rows = matrix;
  rows.rows = count;
  rows.data = static_cast<std::byte*>(matrix.data) +
              first * matrix.row_pitch() * tensor::DTypeSize(matrix.dtype);
  return rows;
}

TileRows RowsOf(const Matrix& matrix) {
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
  TileWeights& weights = linear->weights;
  const size_t numbers = weights.panels() * kTilePanel;
  const auto zeros = tensor::Fill::kZero;
  LLMEMBED_ASSIGN_OR_RETURN(linear->memory, AllocateWeightMemory(linear->weight_bytes()));
  LLMEMBED_ASSIGN_OR_RETURN(linear->bias, tensor::AlignedBuffer<float>::Create(numbers, zeros));
  LLMEMBED_ASSIGN_OR_RETURN(
      linear->scales, tensor::AlignedBuffer<float>::Create(weights.is_int8 ? numbers : 0, zeros));
  const size_t pitch = weights.steps * kTileStep;
  std::vector<float> values(inputs);
  std::vector<std::byte> rows(kTilePanel * pitch);
  for (size_t panel = 0; panel < weights.panels(); ++panel) {
    for (size_t i = 0; i < kTilePanel; ++i) {
      std::byte* to = rows.data() + i * pitch;
      const size_t row = SourceRow(weights, outputs, panel, i);
      if (row == outputs) {
        std::fill_n(to, pitch, std::byte{0});
        continue;
      }
      const size_t at = panel * kTilePanel + i;
      const float scale = RoundRow(weight, row, inputs, weights.is_int8, values.data(), to);
      if (weights.is_int8) linear->scales.data()[at] = scale;
      if (!bias.empty()) linear->bias.data()[at] = bias[row];
    }
    PackPanel(rows.data(), pitch, panel, weights, static_cast<std::byte*>(linear->memory.get()));
  }
  linear->Attach();
  return std::unique_ptr<PackedLinear>(std::move(linear));
}

Result<std::unique_ptr<PackedLinear>> AdoptTileLinear(MathType math_type, const PackedImage& image,
                                                      std::shared_ptr<const void> owner,
                                                      size_t inputs, size_t outputs,
                                                      OutputUse use) {
  LLMEMBED_ASSIGN_OR_RETURN(auto linear, Describe(math_type, inputs, outputs, use));
  const size_t numbers = linear->weights.panels() * kTilePanel;
  LLMEMBED_RETURN_IF_ERROR(CheckImageSize(image.weight.size(), linear->weight_bytes()));
  LLMEMBED_ASSIGN_OR_RETURN(linear->bias, CopyOfImage(image.bias, numbers));
  LLMEMBED_ASSIGN_OR_RETURN(linear->scales,
                            CopyOfImage(image.scales, linear->weights.is_int8 ? numbers : 0));
  linear->memory = AdoptedMemory(image.weight, std::move(owner));
  linear->Attach();
  return std::unique_ptr<PackedLinear>(std::move(linear));
}

// The input as tiles read it: where it lies, or in input_.
Result<TileRows> TileRunner::Rows(const TileWeights& weights, const Matrix& in, size_t inputs) {
  const size_t row_bytes = weights.steps * kTileStep;
  if (!weights.is_int8 && inputs * sizeof(uint16_t) == row_bytes) return RowsOf(in);
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
  LLMEMBED_RETURN_IF_ERROR(Grow(kTileSums, &sums_));
  LLMEMBED_ASSIGN_OR_RETURN(const TileRows rows, Rows(linear.weights, in, linear.inputs()));
  out.row_scales = row_scales_.data();
  MultiplyTiles(linear.weights, rows, in.rows, out, sums_.data());
  return {};
}

Status TileRunner::Linear(const TileLinear& linear, const Matrix& in, const Matrix& out,
                          Write write) {
  TileOutput to;
  if (out.dtype == tensor::DType::kBF16) {
    to.rows = RowsOf(out);
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
    inner.rows = RowsOf(rows);
    LLMEMBED_RETURN_IF_ERROR(Multiply(first, in, inner));
    return Multiply(second, rows, out);
  }
  LLMEMBED_RETURN_IF_ERROR(
      Grow(kBlockRows / kTilePanel * second.weights.steps * kStepBytes, &inner_));
  inner.rows = TileRows::PanelMajor(inner_.data(), second.weights.steps);
  inner.has_padding = true;
  LLMEMBED_RETURN_IF_ERROR(Multiply(first, in, inner));
  MultiplyTiles(second.weights, inner.rows, in.rows, out, sums_.data());
  return {};
}

Status TileRunner::FeedForward(const FeedForwardWeights& weights, const Matrix& in,
                               const Matrix& out, Write write) {
  for (size_t row = 0; row < in.rows; row += kBlockRows) {
    const size_t count = std::min(kBlockRows, in.rows - row);
    TileOutput to;
    to.f32 = RowsOf(out, row, count);
    to.write = write;
    LLMEMBED_RETURN_IF_ERROR(FeedForwardRows(weights, RowsOf(in, row, count), to));
  }
  return {};
}

}  // namespace llmembed::compute::cpu
