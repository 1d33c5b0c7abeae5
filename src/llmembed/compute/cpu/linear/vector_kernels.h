// Linear layers by vectors of f32 and, for int8, of bytes: what VectorRunner is made of.
// A few rows of the input meet a panel of a few vectors of outputs at a time; their sums stay in
// registers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "compute/cpu/linear/output_panels.h"
#include "compute/int8.h"
#include "compute/ops.h"

namespace llmembed::compute::cpu {

// Outputs of a panel on this CPU.
size_t VectorPanelWidth(bool is_int8);
// What the order of VectorWeights is called on this CPU: it is in the name of weights that are
// kept.
std::string VectorLayoutName();

// f32: [panels, inputs, width]. int8, by QuantizeWeights: [panels, depth() / 4, width, 4], where a
// missing input is 0.
struct VectorWeights : OutputPanels {
  const std::byte* data = nullptr;
  bool is_int8 = false;
  size_t inputs = 0;
  const float* bias = nullptr;    // [panels, width]
  const float* scales = nullptr;  // [panels, 2, width], of int8: what weights are multiplied by,
                                  // and the sums of an output's weights when they are

  // Inputs as they are packed: of int8, whole fours.
  size_t depth() const {
    return is_int8 ? (inputs + kTwoFours - 1) / kTwoFours * kTwoFours : inputs;
  }
  size_t panel_bytes() const { return depth() * width * (is_int8 ? 1 : sizeof(float)); }
  size_t panel_scales() const { return is_int8 ? 2 * width : 0; }
  size_t weight_bytes() const { return panels() * panel_bytes(); }
  size_t scale_count() const { return panels() * panel_scales(); }
};

// Rows of the input: [rows, depth()] of f32, or of bytes.
struct VectorRows {
  const std::byte* data = nullptr;
  size_t row_bytes = 0;                // from a row to the next
  const float* row_scales = nullptr;   // of bytes: what a row is multiplied by,
  const float* row_offsets = nullptr;  // and what is added then
};

struct VectorOutput {
  Matrix to;                      // [rows, outputs]
  Write write = Write::kReplace;  // kAdd to f32 only
  std::optional<Activation> activation;
};

// Scratch of MultiplyVectors, in f32.
inline constexpr size_t kVectorScratch = size_t{32} << 10;

// out = in W^T + b for `rows` rows. A row's bits do not depend on the others. scratch:
// [kVectorScratch], aligned to kBufferAlignment.
void MultiplyVectors(const VectorWeights& weights, const VectorRows& in, size_t rows,
                     const VectorOutput& out, float* scratch);

}  // namespace llmembed::compute::cpu
