// How the outputs of a packed layer stand side by side in its weights.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "llmembed/status.h"
#include "tensor/aligned_buffer.h"

namespace llmembed::compute::cpu {

// Panels of `width` outputs, the last one padded. Gated, half of a panel are gates of the others.
struct OutputPanels {
  size_t width = 0;
  size_t outputs = 0;  // gates not counted
  bool is_gated = false;

  size_t panel_outputs() const { return is_gated ? width / 2 : width; }
  size_t panels() const { return (outputs + panel_outputs() - 1) / panel_outputs(); }

  // Rows of the weight: the outputs; gated, the gates of all and then the outputs.
  size_t weight_rows() const { return is_gated ? 2 * outputs : outputs; }
  // The row that is number `i` of a panel; padding: weight_rows().
  size_t WeightRow(size_t panel, size_t i) const {
    if (!is_gated) return std::min(panel * width + i, outputs);
    const size_t half = width / 2;
    const size_t output = panel * half + i % half;
    if (output >= outputs) return weight_rows();
    return i < half ? output : outputs + output;
  }
};

// Numbers of the weight's rows in the order of the panels: [panels, width]; zeros where there is
// padding, or `numbers` is empty. kOutOfMemory.
inline Result<tensor::AlignedBuffer<float>> InPanels(const OutputPanels& panels,
                                                     std::span<const float> numbers) {
  const size_t size = panels.panels() * panels.width;
  LLMEMBED_ASSIGN_OR_RETURN(auto placed,
                            tensor::AlignedBuffer<float>::Create(size, tensor::Fill::kZero));
  for (size_t at = 0; at < size && !numbers.empty(); ++at) {
    const size_t row = panels.WeightRow(at / panels.width, at % panels.width);
    if (row < numbers.size()) placed[at] = numbers[row];
  }
  return placed;
}

}  // namespace llmembed::compute::cpu
