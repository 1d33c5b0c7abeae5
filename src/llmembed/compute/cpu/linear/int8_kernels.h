// What linear layers of int8 are made of beside their products, as vectors (Highway).
#pragma once

#include <cstddef>
#include <cstdint>

#include "compute/matrix.h"
#include "llmembed/status.h"

namespace llmembed::compute::cpu {

// kUnsupported for more inputs than kMostInt8Inputs.
Status CheckInt8Inputs(size_t inputs);

// quantized: [in.rows, pitch], zeros behind a row's numbers; scales: [in.rows].
void QuantizeRows(const Matrix& in, size_t pitch, int8_t* quantized, float* scales);
// The same to int16 of up to `steps` (compute/int8.h).
void QuantizeRows(const Matrix& in, size_t pitch, float steps, int16_t* quantized, float* scales);

// Where whole sums go: out[row, n] = sums[row, n] * row_scales[row] * scales[n] + bias[n].
struct Int8Finish {
  const float* row_scales;  // [rows]
  const float* scales;      // [N, padded to a vector]
  const float* bias;        // likewise
  Matrix out;               // [rows, N]
};

// sums: [rows, N].
void FinishRows(const Int8Finish& finish, const int32_t* sums);

}  // namespace llmembed::compute::cpu
