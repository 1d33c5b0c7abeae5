// One table of cases for every operation and backend: tests check a backend against the reference
// on them, benchmarks time it on them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/random.h"
#include "compute/ops.h"

namespace llmembed::compute {

struct LinearCase {
  size_t rows, inputs, outputs;
};
struct NormCase {
  size_t rows, width;
  bool has_residual;
};
struct AttentionCase {
  std::vector<int32_t> lengths;  // of the batch's texts
  size_t heads, head_size;
};
struct ActivationCase {
  size_t rows, width;
  Activation activation;
};

// Shapes of real backbones and odd ones: single rows, widths that are no multiple of a vector.
// Those of 512 rows are a whole batch in MiniLM.
const std::vector<LinearCase>& LinearCases();
const std::vector<NormCase>& NormCases();
const std::vector<AttentionCase>& AttentionCases();
const std::vector<ActivationCase>& ActivationCases();

// A matrix of normal numbers times `scale`, rounded when dtype is bf16. Rows behind `rows` are 0.
struct OwnedMatrix {
  MatrixBuffer buffer;
  Matrix view;
};
OwnedMatrix RandomMatrix(tensor::DType dtype, size_t rows, size_t columns, float scale,
                         base::Random* random);
OwnedMatrix CopyOf(const OwnedMatrix& matrix);

std::vector<float> RandomFloats(size_t count, float scale, base::Random* random);

// The matrix's numbers as f32: [rows * columns].
std::vector<float> ToFloats(const Matrix& matrix);

// [texts + 1] from lengths.
std::vector<int32_t> StartsOf(const std::vector<int32_t>& lengths);

}  // namespace llmembed::compute
