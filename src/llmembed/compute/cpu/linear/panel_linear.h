// A layer whose weight is packed in panels of outputs, whatever multiplies them.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "compute/cpu/linear/int8_kernels.h"
#include "compute/cpu/linear/output_panels.h"
#include "compute/cpu/linear/weight_memory.h"
#include "compute/ops.h"
#include "tensor/aligned_buffer.h"

namespace llmembed::compute::cpu {

// Weights: OutputPanels with `data`, `bias`, `scales` (of int8), `is_int8`, weight_bytes() and
// scale_count().
template <typename Weights>
class PanelLinear : public PackedLinear {
 public:
  using PackedLinear::PackedLinear;
  WeightMemory memory;  // null: the weight is in block_rows
  tensor::AlignedBuffer<float> scales, bias;
  Weights weights;                          // borrows from the above
  std::vector<BlockRow> block_rows;         // [outputs()]
  std::shared_ptr<const void> block_owner;  // keeps them

  // A layer in panels of `width` that has these sizes, and neither depth nor numbers yet.
  // kUnsupported: more inputs than int8 takes.
  static Result<std::unique_ptr<PanelLinear>> Create(MathType math_type, size_t inputs,
                                                     size_t outputs, OutputUse use, size_t width) {
    auto linear = std::make_unique<PanelLinear>(inputs, outputs);
    Weights& weights = linear->weights;
    weights.is_int8 = math_type == MathType::kInt8;
    if (weights.is_int8) LLMEMBED_RETURN_IF_ERROR(CheckInt8Inputs(inputs));
    weights.width = width;
    weights.is_gated = use == OutputUse::kGated;
    weights.outputs = weights.is_gated ? outputs / 2 : outputs;
    return linear;
  }

  // The bias, and room for a weight and its scales, which are packed next. kOutOfMemory.
  Status Allocate(std::span<const float> layer_bias) {
    LLMEMBED_ASSIGN_OR_RETURN(memory, AllocateWeightMemory(weights.weight_bytes()));
    LLMEMBED_ASSIGN_OR_RETURN(scales, tensor::AlignedBuffer<float>::Create(weights.scale_count()));
    LLMEMBED_ASSIGN_OR_RETURN(bias, InPanels(weights, layer_bias));
    Attach();
    return {};
  }

  // A weight that stays in the blocks of a file, as Backend::PackBlocks.
  Status KeepBlocks(std::vector<BlockRow> rows, std::shared_ptr<const void> owner,
                    std::span<const float> layer_bias) {
    LLMEMBED_ASSIGN_OR_RETURN(bias, InPanels(weights, layer_bias));
    block_rows = std::move(rows);
    block_owner = std::move(owner);
    Attach();
    return {};
  }

  // As Backend::Adopt.
  Status Adopt(const PackedImage& image, std::shared_ptr<const void> owner) {
    LLMEMBED_RETURN_IF_ERROR(CheckImageSize(image.weight.size(), weights.weight_bytes()));
    LLMEMBED_ASSIGN_OR_RETURN(bias, CopyOfImage(image.bias, weights.panels() * weights.width));
    LLMEMBED_ASSIGN_OR_RETURN(scales, CopyOfImage(image.scales, weights.scale_count()));
    memory = AdoptedMemory(image.weight, std::move(owner));
    Attach();
    return {};
  }

  PackedImage image() const override {
    if (memory == nullptr) return {};
    return {{weights.data, weights.weight_bytes()}, scales.span(), bias.span()};
  }

 private:
  void Attach() {
    weights.data = static_cast<const std::byte*>(memory.get());
    weights.bias = bias.data();
    weights.scales = scales.data();
  }
};

}  // namespace llmembed::compute::cpu
