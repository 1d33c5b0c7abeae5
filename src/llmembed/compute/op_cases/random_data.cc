#include "compute/op_cases/random_data.h"

#include <cstring>

namespace llmembed::compute {

using tensor::DType;

std::vector<float> RandomFloats(size_t count, float scale, base::Random* random) {
  std::vector<float> values(count);
  for (float& value : values) value = scale * static_cast<float>(random->Normal());
  return values;
}

OwnedMatrix ZeroMatrix(DType dtype, size_t rows, size_t columns) {
  OwnedMatrix matrix;
  matrix.buffer = *MatrixBuffer::Create(dtype, rows, columns);
  matrix.view = matrix.buffer.View(rows);
  return matrix;
}

OwnedMatrix RandomMatrix(DType dtype, size_t rows, size_t columns, float scale,
                         base::Random* random) {
  OwnedMatrix matrix = ZeroMatrix(dtype, rows, columns);
  const std::vector<float> values = RandomFloats(rows * columns, scale, random);
  for (size_t i = 0; i < values.size(); ++i) {
    if (dtype == DType::kBF16) {
      matrix.view.bf16()[i] = tensor::BF16FromFloat(values[i]);
    } else {
      matrix.view.f32()[i] = values[i];
    }
  }
  return matrix;
}

OwnedMatrix CopyOf(const Matrix& matrix) {
  OwnedMatrix copy = ZeroMatrix(matrix.dtype, matrix.rows, matrix.columns);
  std::memcpy(copy.view.data, matrix.data,
              matrix.rows * matrix.columns * tensor::DTypeSize(matrix.dtype));
  return copy;
}

PlainWeight OwnedWeight::view() const {
  return {dtype, dtype == DType::kBF16 ? static_cast<const void*>(bf16.data()) : f32.data()};
}

OwnedWeight RandomWeight(DType dtype, size_t count, float scale, base::Random* random) {
  const std::vector<float> numbers = RandomFloats(4099, scale, random);
  OwnedWeight weight{dtype, {}, {}};
  if (dtype == DType::kBF16) {
    weight.bf16.resize(count);
    for (size_t i = 0; i < count; ++i) {
      weight.bf16[i] = tensor::BF16FromFloat(numbers[i % numbers.size()]);
    }
  } else {
    weight.f32.resize(count);
    for (size_t i = 0; i < count; ++i) weight.f32[i] = numbers[i % numbers.size()];
  }
  return weight;
}

std::vector<float> ToFloats(const Matrix& matrix) {
  std::vector<float> values(matrix.rows * matrix.columns);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] =
        matrix.dtype == DType::kBF16 ? tensor::FloatFromBF16(matrix.bf16()[i]) : matrix.f32()[i];
  }
  return values;
}

std::vector<float> RandomBias(const AttentionShape& shape, base::Random* random) {
  const size_t entries = shape.reach == 0 ? 0 : shape.heads * (2 * shape.reach + 1);
  return RandomFloats(entries, 1.0F, random);
}

std::vector<int32_t> StartsOf(const std::vector<int32_t>& lengths) {
  std::vector<int32_t> starts = {0};
  for (const int32_t length : lengths) starts.push_back(starts.back() + length);
  return starts;
}

}  // namespace llmembed::compute
