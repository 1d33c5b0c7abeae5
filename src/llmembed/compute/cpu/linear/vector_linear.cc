#include "compute/cpu/linear/vector_linear.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/cpu.h"
#include "compute/cpu/linear/int8_kernels.h"
#include "compute/cpu/scratch.h"
#include "compute/int8.h"
#include "compute/plain_weight.h"

namespace llmembed::compute::cpu {
namespace {

// Rows that go through both layers of a feed-forward before the next ones: what is between the
// layers stays in a cache.
constexpr size_t kFeedForwardRows = 192;
// Panels of a weight in blocks that are unpacked at a time.
constexpr size_t kUnpackedPanels = 8;

// A layer that has its sizes, and no numbers yet.
Result<std::unique_ptr<VectorLinear>> DescribeVectors(MathType math_type, size_t inputs,
                                                      size_t outputs, OutputUse use) {
  LLMEMBED_ASSIGN_OR_RETURN(auto linear,
                            VectorLinear::Create(math_type, inputs, outputs, use,
                                                 VectorPanelWidth(math_type == MathType::kInt8)));
  linear->weights.inputs = inputs;
  return linear;
}

// Writes a weight's rows panel by panel. Not thread-safe.
class VectorPacker {
 public:
  explicit VectorPacker(const VectorWeights& weights)
      : weights_(weights),
        values_(weights.width * weights.inputs),
        rounded_(weights.is_int8 ? weights.width * weights.depth() : 0) {}

  // The panel whose rows `load(row, to)` gives, to: [inputs]. scales: [2, width], of int8.
  template <typename Load>
  void Pack(size_t panel, const Load& load, std::byte* to, float* scales) {
    for (size_t i = 0; i < weights_.width; ++i) {
      float* row = values_.data() + i * weights_.inputs;
      const size_t source = weights_.WeightRow(panel, i);
      if (source < weights_.weight_rows()) {
        load(source, row);
      } else {
        std::fill_n(row, weights_.inputs, 0.0F);
      }
    }
    if (!weights_.is_int8) return Interleave(values_.data(), 1, reinterpret_cast<float*>(to));
    QuantizeWeights({tensor::DType::kF32, weights_.width, weights_.inputs, values_.data()},
                    weights_.depth(), rounded_.data(), scales, scales + weights_.width);
    Interleave(rounded_.data(), kTwoFours / 2, reinterpret_cast<int8_t*>(to));
  }

 private:
  // `step` numbers of each row side by side, then the next ones.
  template <typename T>
  void Interleave(const T* rows, size_t step, T* to) const {
    for (size_t k = 0; k < weights_.depth(); k += step) {
      for (size_t i = 0; i < weights_.width; ++i, to += step) {
        std::copy_n(rows + i * weights_.depth() + k, step, to);
      }
    }
  }

  const VectorWeights& weights_;
  std::vector<float> values_;    // [width, inputs]
  std::vector<int8_t> rounded_;  // [width, depth()]
};

// The outputs from panel `panel` on.
VectorOutput OutputsFrom(const VectorOutput& out, const VectorWeights& weights, size_t panel) {
  VectorOutput rest = out;
  rest.to.pitch = out.to.row_pitch();
  rest.to.data = static_cast<std::byte*>(out.to.data) +
                 panel * weights.panel_outputs() * tensor::DTypeSize(out.to.dtype);
  return rest;
}

}  // namespace

bool LinearUsesVectors(MathType math_type) {
  if (math_type == MathType::kF32) return !base::Cpu().avx512;
  return math_type == MathType::kInt8 && Int8TakesBytes();
}

Result<std::unique_ptr<PackedLinear>> PackVectorLinear(MathType math_type,
                                                       const PlainWeight& weight,
                                                       std::span<const float> bias, size_t inputs,
                                                       size_t outputs, OutputUse use) {
  LLMEMBED_ASSIGN_OR_RETURN(auto linear, DescribeVectors(math_type, inputs, outputs, use));
  const VectorWeights& weights = linear->weights;
  LLMEMBED_RETURN_IF_ERROR(linear->Allocate(bias));
  VectorPacker packer(weights);
  const auto load = [&](size_t row, float* to) { LoadRow(weight, row, inputs, to); };
  auto* to = static_cast<std::byte*>(linear->memory.get());
  for (size_t panel = 0; panel < weights.panels(); ++panel) {
    packer.Pack(panel, load, to + panel * weights.panel_bytes(),
                linear->scales.data() + panel * weights.panel_scales());
  }
  return std::unique_ptr<PackedLinear>(std::move(linear));
}

Result<std::unique_ptr<PackedLinear>> PackVectorBlocks(MathType math_type,
                                                       std::vector<BlockRow> rows,
                                                       std::shared_ptr<const void> owner,
                                                       std::span<const float> bias, size_t inputs,
                                                       OutputUse use) {
  LLMEMBED_ASSIGN_OR_RETURN(auto linear, DescribeVectors(math_type, inputs, rows.size(), use));
  LLMEMBED_RETURN_IF_ERROR(linear->KeepBlocks(std::move(rows), std::move(owner), bias));
  return std::unique_ptr<PackedLinear>(std::move(linear));
}

Result<std::unique_ptr<PackedLinear>> AdoptVectorLinear(MathType math_type,
                                                        const PackedImage& image,
                                                        std::shared_ptr<const void> owner,
                                                        size_t inputs, size_t outputs,
                                                        OutputUse use) {
  LLMEMBED_ASSIGN_OR_RETURN(auto linear, DescribeVectors(math_type, inputs, outputs, use));
  LLMEMBED_RETURN_IF_ERROR(linear->Adopt(image, std::move(owner)));
  return std::unique_ptr<PackedLinear>(std::move(linear));
}

// The input as products read it: where it lies, or in input_: as bytes, or because its rows would
// all want the same lines of the caches.
Result<VectorRows> VectorRunner::Rows(const VectorLinear& linear, const Matrix& in) {
  const VectorWeights& weights = linear.weights;
  const auto type = weights.is_int8 ? tensor::DType::kU8 : tensor::DType::kF32;
  if (!weights.is_int8 && ProductPitch(type, in.row_pitch()) == in.row_pitch()) {
    return VectorRows{static_cast<const std::byte*>(in.data), in.row_pitch() * sizeof(float)};
  }
  const size_t pitch = ProductPitch(type, weights.depth());
  const size_t row_bytes = pitch * tensor::DTypeSize(type);
  LLMEMBED_RETURN_IF_ERROR(Grow(in.rows * row_bytes, &input_));
  if (!weights.is_int8) {
    for (size_t row = 0; row < in.rows; ++row) {
      std::memcpy(input_.data() + row * row_bytes, RowRange(in, row, 1).data,
                  weights.inputs * sizeof(float));
    }
    return VectorRows{input_.data(), row_bytes};
  }
  LLMEMBED_RETURN_IF_ERROR(Grow(in.rows, &row_scales_));
  LLMEMBED_RETURN_IF_ERROR(Grow(in.rows, &row_offsets_));
  QuantizeRowsToBytes(in, pitch, reinterpret_cast<uint8_t*>(input_.data()), row_scales_.data(),
                      row_offsets_.data());
  return VectorRows{input_.data(), row_bytes, row_scales_.data(), row_offsets_.data()};
}

Status VectorRunner::Multiply(const VectorLinear& linear, const Matrix& in,
                              const VectorOutput& out) {
  LLMEMBED_ASSIGN_OR_RETURN(const VectorRows rows, Rows(linear, in));
  LLMEMBED_RETURN_IF_ERROR(Grow(kVectorScratch, &scratch_));
  if (!linear.block_rows.empty()) return MultiplyBlocks(linear, rows, in.rows, out);
  MultiplyVectors(linear.weights, rows, in.rows, out, scratch_.data());
  return {};
}

// Some panels after others are unpacked, and meet all rows.
Status VectorRunner::MultiplyBlocks(const VectorLinear& linear, const VectorRows& in, size_t rows,
                                    const VectorOutput& out) {
  VectorWeights some = linear.weights;
  const size_t panel_bytes = some.panel_bytes();
  LLMEMBED_RETURN_IF_ERROR(Grow(kUnpackedPanels * panel_bytes, &unpacked_));
  LLMEMBED_RETURN_IF_ERROR(Grow(kUnpackedPanels * some.panel_scales(), &unpacked_scales_));
  some.data = unpacked_.data();
  some.scales = unpacked_scales_.data();
  VectorPacker packer(linear.weights);
  const auto load = [&](size_t row, float* to) {
    LoadRow(linear.block_rows[row], linear.inputs(), to);
  };
  const size_t panels = linear.weights.panels();
  for (size_t first = 0; first < panels; first += kUnpackedPanels) {
    const size_t count = std::min(kUnpackedPanels, panels - first);
    for (size_t panel = 0; panel < count; ++panel) {
      packer.Pack(first + panel, load, unpacked_.data() + panel * panel_bytes,
                  unpacked_scales_.data() + panel * some.panel_scales());
    }
    some.outputs = std::min(linear.weights.outputs - first * some.panel_outputs(),
                            count * some.panel_outputs());
    some.bias = linear.weights.bias + first * some.width;
    MultiplyVectors(some, in, rows, OutputsFrom(out, linear.weights, first), scratch_.data());
  }
  return {};
}

Status VectorRunner::FeedForward(const FeedForwardWeights& weights, const Matrix& in,
                                 const Matrix& out, Write write) {
  const auto& first = static_cast<const VectorLinear&>(*weights.in);
  const auto& second = static_cast<const VectorLinear&>(*weights.out);
  const size_t width = second.inputs();
  const size_t pitch = ProductPitch(tensor::DType::kF32, width);
  LLMEMBED_RETURN_IF_ERROR(Grow(kFeedForwardRows * pitch, &inner_));
  for (size_t row = 0; row < in.rows; row += kFeedForwardRows) {
    const size_t count = std::min(kFeedForwardRows, in.rows - row);
    const Matrix inner{tensor::DType::kF32, count, width, inner_.data(), pitch};
    LLMEMBED_RETURN_IF_ERROR(
        Multiply(first, RowRange(in, row, count), {inner, Write::kReplace, weights.activation}));
    LLMEMBED_RETURN_IF_ERROR(Multiply(second, inner, {RowRange(out, row, count), write, {}}));
  }
  return {};
}

}  // namespace llmembed::compute::cpu
