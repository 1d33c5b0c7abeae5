// What every test of the fast backend does: run an operation there and by plain loops, and compare.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compute/op_cases/op_cases.h"
#include "compute/op_cases/random_data.h"

namespace llmembed::compute {

// Largest |a - b| over the largest |b| or, if that is more, over `least`; infinite if an a is not
// finite.
inline double Difference(const Matrix& a, const Matrix& b, double least = 1e-6) {
  const std::vector<float> left = ToFloats(a);
  const std::vector<float> right = ToFloats(b);
  double difference = 0.0;
  double scale = least;
  for (size_t i = 0; i < left.size(); ++i) {
    if (!std::isfinite(left[i])) return INFINITY;
    difference = std::max(difference, static_cast<double>(std::abs(left[i] - right[i])));
    scale = std::max(scale, static_cast<double>(std::abs(right[i])));
  }
  return difference / scale;
}

// Rows [first, first + count) of a matrix, as a matrix of their own.
inline OwnedMatrix RowsOf(const Matrix& matrix, size_t first, size_t count) {
  OwnedMatrix rows = ZeroMatrix(matrix.dtype, count, matrix.columns);
  const size_t row_bytes = matrix.columns * tensor::DTypeSize(matrix.dtype);
  std::memcpy(rows.view.data, static_cast<const std::byte*>(matrix.data) + first * row_bytes,
              count * row_bytes);
  return rows;
}

inline bool SameBits(const Matrix& a, const Matrix& b) {
  return a.rows == b.rows && a.columns == b.columns && a.dtype == b.dtype &&
         std::memcmp(a.data, b.data, a.rows * a.columns * tensor::DTypeSize(a.dtype)) == 0;
}

class BackendTest : public testing::TestWithParam<MathType> {
 protected:
  void SetUp() override {
    auto backend = MakeCpuBackend(GetParam());
    if (!backend.ok() && backend.status().code() == StatusCode::kUnsupported) {
      GTEST_SKIP() << "skipped: " << backend.status().message();
    }
    fast_ = *std::move(backend);
    reference_ = MakeReferenceBackend(GetParam());
    fast_stream_ = *fast_->MakeStream();
    reference_stream_ = *reference_->MakeStream();
  }

  tensor::DType type() const { return fast_->activation_type(); }
  // bf16 has 8 bits, and is rounded in between; f32 sums differ by their order.
  double tolerance() const { return type() == tensor::DType::kBF16 ? 1.0 / 128 : 2e-6; }

  std::unique_ptr<Backend> fast_, reference_;
  std::unique_ptr<Stream> fast_stream_, reference_stream_;
  base::Random random_{7};
};

#define LLMEMBED_TEST_ALL_MATH_TYPES(Fixture)                                                 \
  INSTANTIATE_TEST_SUITE_P(MathTypes, Fixture,                                                \
                           testing::Values(MathType::kF32, MathType::kBF16, MathType::kInt8), \
                           [](const auto& parameter) { return MathTypeName(parameter.param); })

}  // namespace llmembed::compute
