#include "compute/dropout.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace llmembed::compute {
namespace {

// Rows with a gap of one value behind each, so many that several threads share them.
constexpr size_t kRows = 150, kWidth = 300, kStride = kWidth + 1;

std::vector<float> Values() {
  std::vector<float> values(kRows * kStride);
  for (size_t i = 0; i < values.size(); ++i) values[i] = i % 3 == 0 ? -1.0F : 1.0F + i % 7;
  return values;
}

std::vector<float> Bias() {
  std::vector<float> bias(kWidth);
  for (size_t i = 0; i < kWidth; ++i) bias[i] = static_cast<float>(i % 5) - 2.0F;
  return bias;
}

TEST(DropoutTest, DrawsOneNumberAValueInOrder) {
  const std::vector<float> before = Values();
  std::vector<float> values = before;
  base::Random random(5, 6);
  base::Random expected = random;
  const std::vector<float> bias = Bias();
  BiasReluDropout(bias.data(), {0.25, &random}, {values.data(), kRows, kWidth, kStride});
  for (size_t row = 0; row < kRows; ++row) {
    for (size_t i = 0; i < kWidth; ++i) {
      const bool is_kept = expected.Next() >= 1U << 30;
      const float value = before[row * kStride + i] + bias[i];
      ASSERT_FLOAT_EQ(values[row * kStride + i], is_kept && value > 0 ? value / 0.75F : 0.0F);
    }
    ASSERT_EQ(values[row * kStride + kWidth], before[row * kStride + kWidth]);
  }
  EXPECT_EQ(random.Next(), expected.Next());
}

TEST(DropoutTest, DrawsNothingWhenItIsOff) {
  const std::vector<float> before = Values(), bias = Bias();
  std::vector<float> values = before;
  BiasReluDropout(bias.data(), {}, {values.data(), kRows, kWidth, kStride});
  for (size_t row = 0; row < kRows; ++row) {
    for (size_t i = 0; i < kWidth; ++i) {
      const float value = before[row * kStride + i] + bias[i];
      ASSERT_EQ(values[row * kStride + i], value > 0 ? value : 0.0F);
    }
    ASSERT_EQ(values[row * kStride + kWidth], before[row * kStride + kWidth]);
  }
}

TEST(DropoutTest, GradientsPassWhereValuesDid) {
  std::vector<float> values = Values();
  base::Random random(5, 6);
  const Dropout dropout{0.5, &random};
  BiasReluDropout(Bias().data(), dropout, {values.data(), kRows, kWidth, kStride});
  std::vector<float> gradient(values.size(), 3.0F);
  ReluDropoutGradient(dropout, values.data(), {gradient.data(), kRows, kWidth, kStride});
  for (size_t row = 0; row < kRows; ++row) {
    for (size_t i = row * kStride; i < row * kStride + kWidth; ++i) {
      ASSERT_EQ(gradient[i], values[i] > 0 ? 6.0F : 0.0F);
    }
    ASSERT_EQ(gradient[row * kStride + kWidth], 3.0F);
  }
}

TEST(DropoutTest, SumsOfRows) {
  std::vector<float> values(kRows * kStride);
  std::iota(values.begin(), values.end(), 0.0F);
  std::vector<float> sums(kWidth, -1.0F);
  SumRows(values.data(), kRows, kStride, sums);
  for (size_t i = 0; i < kWidth; ++i) {
    const double mean = static_cast<double>(i) + kStride * (kRows - 1) / 2.0;
    ASSERT_NEAR(sums[i], kRows * mean, 1e-6 * kRows * mean);
  }
}

}  // namespace
}  // namespace llmembed::compute
