#include "compute/op_cases/op_cases.h"

#include <cstring>

namespace llmembed::compute {

const std::vector<LinearCase>& LinearCases() {
  static const std::vector<LinearCase> cases = {
      {1, 384, 384},    {16, 384, 1152}, {37, 384, 1536}, {512, 1536, 384}, {3, 5, 7},
      {19, 33, 65},     {64, 100, 1},    {1, 1, 1},       {130, 48, 96},    {33, 768, 129},
      {512, 384, 1536}, {7, 1024, 1024}, {512, 384, 384}, {512, 384, 1152},
  };
  return cases;
}

const std::vector<NormCase>& NormCases() {
  static const std::vector<NormCase> cases = {
      {1, 384, true}, {33, 384, false}, {5, 1024, true}, {2, 1, false},
      {7, 17, true},  {3, 100, true},   {1, 31, false},  {512, 384, true},
  };
  return cases;
}

const std::vector<AttentionCase>& AttentionCases() {
  static const std::vector<AttentionCase> cases = {
      {{1}, 1, 1},       {{5, 1, 17}, 12, 32},  {{64}, 12, 64},
      {{3, 3, 3}, 2, 5}, {{16, 15, 31}, 3, 20}, {{130}, 2, 128},
      {{257, 2}, 1, 40}, {{48}, 16, 64},        {{64, 64, 64, 64, 64, 64, 64, 64}, 12, 32},
  };
  return cases;
}

const std::vector<ActivationCase>& ActivationCases() {
  static const std::vector<ActivationCase> cases = {
      {1, 1, Activation::kGeluErf},      {7, 333, Activation::kGeluErf},
      {512, 1536, Activation::kGeluErf}, {5, 77, Activation::kGeluTanh},
      {64, 64, Activation::kGeluTanh},   {3, 19, Activation::kRelu},
  };
  return cases;
}

std::vector<float> RandomFloats(size_t count, float scale, base::Random* random) {
  std::vector<float> values(count);
  for (float& value : values) value = scale * static_cast<float>(random->Normal());
  return values;
}

OwnedMatrix RandomMatrix(tensor::DType dtype, size_t rows, size_t columns, float scale,
                         base::Random* random) {
  OwnedMatrix matrix;
  matrix.buffer = *MatrixBuffer::Create(dtype, rows, columns);
  matrix.view = matrix.buffer.View(rows);
  const std::vector<float> values = RandomFloats(rows * columns, scale, random);
  for (size_t i = 0; i < values.size(); ++i) {
    if (dtype == tensor::DType::kBF16) {
      matrix.view.bf16()[i] = tensor::BF16FromFloat(values[i]);
    } else {
      matrix.view.f32()[i] = values[i];
    }
  }
  return matrix;
}

OwnedMatrix CopyOf(const OwnedMatrix& matrix) {
  OwnedMatrix copy;
  const Matrix& from = matrix.view;
  copy.buffer = *MatrixBuffer::Create(from.dtype, from.rows, from.columns);
  copy.view = copy.buffer.View(from.rows);
  std::memcpy(copy.view.data, from.data, from.rows * from.columns * tensor::DTypeSize(from.dtype));
  return copy;
}

std::vector<float> ToFloats(const Matrix& matrix) {
  std::vector<float> values(matrix.rows * matrix.columns);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = matrix.dtype == tensor::DType::kBF16 ? tensor::FloatFromBF16(matrix.bf16()[i])
                                                     : matrix.f32()[i];
  }
  return values;
}

std::vector<int32_t> StartsOf(const std::vector<int32_t>& lengths) {
  std::vector<int32_t> starts = {0};
  for (const int32_t length : lengths) starts.push_back(starts.back() + length);
  return starts;
}

}  // namespace llmembed::compute
