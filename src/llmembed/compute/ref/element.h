// One element of a matrix of either type, as f32.
#pragma once

#include "compute/matrix.h"

namespace llmembed::compute::ref {

inline float Load(const Matrix& matrix, size_t row, size_t column) {
  const size_t index = row * matrix.row_pitch() + column;
  return matrix.dtype == tensor::DType::kBF16 ? tensor::FloatFromBF16(matrix.bf16()[index])
                                              : matrix.f32()[index];
}

inline void Store(const Matrix& matrix, size_t row, size_t column, float value) {
  const size_t index = row * matrix.row_pitch() + column;
  if (matrix.dtype == tensor::DType::kBF16) {
    matrix.bf16()[index] = tensor::BF16FromFloat(value);
  } else {
    matrix.f32()[index] = value;
  }
}

}  // namespace llmembed::compute::ref
