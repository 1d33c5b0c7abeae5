#include "compute/cpu/linear/split_linear.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "compute/cpu/linear/split_panels.h"
#include "compute/cpu/scratch.h"
#include "compute/plain_weight.h"

namespace llmembed::compute::cpu {
namespace {

constexpr size_t kMostRows = 512;  // of the input, packed at a time

// bf16 that weights take: the depth of blocks is a whole number of steps, but for the last one's,
// and a step behind the end is read.
size_t WeightSize(size_t inputs, size_t outputs) {
  return PanelsOf(outputs) * PanelSize(inputs) + kStepSize;
}

// Where the panels of a block of the depth begin, from `column` on.
size_t BlockOffset(size_t outputs, size_t k, size_t depth, size_t column) {
  return PanelsOf(outputs) * PanelSize(k) + column / kPanel * PanelSize(depth);
}

}  // namespace

size_t SplitLinear::weight_bytes() const {
  return WeightSize(inputs(), outputs()) * sizeof(uint16_t);
}

Result<std::unique_ptr<PackedLinear>> PackSplitLinear(const PlainWeight& weight,
                                                      std::span<const float> bias, size_t inputs,
                                                      size_t outputs) {
  auto linear = std::make_unique<SplitLinear>(inputs, outputs);
  LLMEMBED_ASSIGN_OR_RETURN(linear->memory, AllocateWeightMemory(linear->weight_bytes()));
  LLMEMBED_ASSIGN_OR_RETURN(linear->bias,
                            tensor::AlignedBuffer<float>::Create(outputs, tensor::Fill::kZero));
  std::ranges::copy(bias, linear->bias.data());
  auto* to = static_cast<uint16_t*>(linear->memory.get());
  std::vector<float> rows(kPanel * inputs);
  for (size_t row = 0; row < outputs; row += kPanel) {
    const size_t count = std::min(kPanel, outputs - row);
    for (size_t i = 0; i < count; ++i) LoadRow(weight, row + i, inputs, &rows[i * inputs]);
    const Lines lines{rows.data(), count, inputs, inputs, /*along_depth=*/true};
    for (size_t k = 0; k < inputs; k += kBlockDepth) {
      const size_t depth = std::min(kBlockDepth, inputs - k);
      PackSplitPanels(lines, 0, 1, k, depth, SplitSide::kB,
                      to + BlockOffset(outputs, k, depth, row));
    }
  }
  std::fill_n(to + WeightSize(inputs, outputs) - kStepSize, kStepSize, uint16_t{0});
  return std::unique_ptr<PackedLinear>(std::move(linear));
}

Result<std::unique_ptr<PackedLinear>> AdoptSplitLinear(const PackedImage& image,
                                                       std::shared_ptr<const void> owner,
                                                       size_t inputs, size_t outputs) {
  auto linear = std::make_unique<SplitLinear>(inputs, outputs);
  LLMEMBED_RETURN_IF_ERROR(CheckImageSize(image.weight.size(), linear->weight_bytes()));
  LLMEMBED_ASSIGN_OR_RETURN(linear->bias, CopyOfImage(image.bias, outputs));
  linear->memory = AdoptedMemory(image.weight, std::move(owner));
  return std::unique_ptr<PackedLinear>(std::move(linear));
}

Status SplitRunner::Run(const SplitLinear& linear, const Matrix& in, const Matrix& out) {
  const size_t inputs = linear.inputs();
  const size_t outputs = linear.outputs();
  const size_t most =
      PanelsOf(std::min(kMostRows, in.rows)) * PanelSize(std::min(kBlockDepth, inputs));
  LLMEMBED_RETURN_IF_ERROR(Grow(most + kStepSize, &packed_));
  for (size_t row = 0; row < out.rows; ++row) {  // what products are added to
    std::ranges::copy(linear.bias.span(), out.f32() + row * out.row_pitch());
  }
  const Lines lines{in.f32(), in.rows, inputs, in.row_pitch(), /*along_depth=*/true};
  for (size_t row = 0; row < in.rows; row += kMostRows) {
    const size_t rows = std::min(kMostRows, in.rows - row);
    for (size_t k = 0; k < inputs; k += kBlockDepth) {
      const size_t depth = std::min(kBlockDepth, inputs - k);
      PackSplitPanels(lines, row, PanelsOf(rows), k, depth, SplitSide::kA, packed_.data());
      for (size_t column = 0; column < outputs; column += kBlockColumns) {
        MultiplySplit({.depth = depth,
                       .a = packed_.data(),
                       .b = linear.weights() + BlockOffset(outputs, k, depth, column),
                       .rows = rows,
                       .columns = std::min(kBlockColumns, outputs - column),
                       .c = out.f32() + row * out.row_pitch() + column,
                       .pitch = out.row_pitch(),
                       .adds = true});
      }
    }
  }
  return {};
}

}  // namespace llmembed::compute::cpu
