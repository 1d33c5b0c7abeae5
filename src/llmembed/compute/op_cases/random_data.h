// Random matrices for tests and benchmarks of operations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "compute/ops.h"

namespace llmembed::compute {

struct OwnedMatrix {
  MatrixBuffer buffer;
  Matrix view;
};

// Normal numbers times `scale`, rounded when dtype is bf16. Rows behind `rows` are 0.
OwnedMatrix RandomMatrix(tensor::DType dtype, size_t rows, size_t columns, float scale,
                         base::Random* random);
OwnedMatrix ZeroMatrix(tensor::DType dtype, size_t rows, size_t columns);
OwnedMatrix CopyOf(const Matrix& matrix);

std::vector<float> RandomFloats(size_t count, float scale, base::Random* random);

// A layer's weight, [outputs, inputs] of f32 or bf16: a few thousand normal numbers times `scale`
// over and over, as there may be a hundred million.
struct OwnedWeight {
  tensor::DType dtype;
  std::vector<float> f32;
  std::vector<uint16_t> bf16;
  PlainWeight view() const;
};
OwnedWeight RandomWeight(tensor::DType dtype, size_t count, float scale, base::Random* random);

// The matrix's numbers as f32: [rows * columns].
std::vector<float> ToFloats(const Matrix& matrix);

// A distance_bias for the shape: [heads, 2 * reach + 1]; empty if its reach is 0.
std::vector<float> RandomBias(const AttentionShape& shape, base::Random* random);

// [texts + 1] from lengths.
std::vector<int32_t> StartsOf(const std::vector<int32_t>& lengths);

}  // namespace llmembed::compute
