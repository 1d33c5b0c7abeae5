// What linear layers of int8 are made of beside their products, as vectors (Highway).
#pragma once

#include <cstddef>
#include <cstdint>

#include "compute/matrix.h"
#include "llmembed/status.h"

namespace llmembed::compute::cpu {

// kUnsupported for more inputs than kMostInt8Inputs.
Status CheckInt8Inputs(size_t inputs);

// Symmetrically. quantized: [in.rows, pitch], zeros behind a row's numbers; scales: [in.rows].
void QuantizeRows(const Matrix& in, size_t pitch, int8_t* quantized, float* scales);

// As weights, of f32, that meet bytes (compute/int8.h), with zeros behind a row's numbers.
// quantized: [in.rows, pitch]; scales, sums: [in.rows], what a row's whole numbers are multiplied
// by, and their sum then.
void QuantizeWeights(const Matrix& in, size_t pitch, int8_t* quantized, float* scales, float* sums);
// As activations that are bytes. quantized: [in.rows, pitch]; scales, offsets: [in.rows], what a
// row is multiplied by, and what is added then.
void QuantizeRowsToBytes(const Matrix& in, size_t pitch, uint8_t* quantized, float* scales,
                         float* offsets);

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
