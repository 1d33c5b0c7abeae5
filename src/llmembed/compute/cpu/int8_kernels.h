// What Int8Runner is made of, as vectors (Highway) and AMX tiles.
#pragma once

#include <cstddef>
#include <cstdint>

#include "compute/matrix.h"

namespace llmembed::compute::cpu {

inline constexpr size_t kInt8Panel = 32;  // rows or outputs that are multiplied at a time
inline constexpr size_t kInt8Step = 64;   // inputs of a tile

constexpr size_t PaddedInt8Inputs(size_t inputs) {
  return (inputs + kInt8Step - 1) / kInt8Step * kInt8Step;
}
constexpr size_t PaddedInt8Outputs(size_t outputs) {
  return (outputs + kInt8Panel - 1) / kInt8Panel * kInt8Panel;
}

// Where one row of sums goes: out[n] = sums[n] * row_scale * scales[n] + bias[n].
struct Int8Finish {
  const float* row_scales;  // [rows]
  const float* scales;      // [N]
  const float* bias;        // [N]
  Matrix out;               // [rows, N]
};

// quantized: [in.rows, pitch], zeros behind a row's numbers; scales: [in.rows].
void QuantizeRows(const Matrix& in, size_t pitch, int8_t* quantized, float* scales);

// Rows [first, first + rows) of whole sums, N of them `pitch` apart.
void FinishRows(const Int8Finish& finish, const int32_t* sums, size_t pitch, size_t first,
                size_t rows);

// Weights [outputs, inputs] of int8 in the order in which MultiplyInt8Tiles reads them:
// PaddedInt8Outputs * PaddedInt8Inputs bytes.
void PackInt8Tiles(const int8_t* weights, size_t inputs, size_t outputs, int8_t* tiles);

// By AMX, for which the process has permission. a: [rows, pitch], readable up to a multiple of
// kInt8Panel rows; pitch at least PaddedInt8Inputs.
void MultiplyInt8Tiles(const int8_t* a, size_t pitch, const int8_t* tiles, size_t inputs,
                       const Int8Finish& finish);

}  // namespace llmembed::compute::cpu
