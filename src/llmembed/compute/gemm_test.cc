#include "compute/gemm.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <vector>

#include "base/random.h"

namespace llmembed::compute {
namespace {

std::vector<float> RandomValues(size_t count, base::Random* random) {
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random->Normal());
  return values;
}

// Element (row, column) of op(A), which is [rows, columns].
float At(const GemmInput& input, const std::vector<float>& values, uint64_t rows, uint64_t columns,
         uint64_t row, uint64_t column) {
  return input.transpose == Transpose::kYes ? values[column * rows + row]
                                            : values[row * columns + column];
}

TEST(GemmTest, EqualsPlainLoopsForEveryTransposition) {
  const GemmShape shape{5, 3, 7};
  base::Random random(1);
  const auto a = RandomValues(shape.m * shape.k, &random);
  const auto b = RandomValues(shape.k * shape.n, &random);
  const auto before = RandomValues(shape.m * shape.n, &random);
  for (const Transpose transpose_a : {Transpose::kNo, Transpose::kYes}) {
    for (const Transpose transpose_b : {Transpose::kNo, Transpose::kYes}) {
      const GemmInput input_a{a.data(), transpose_a};
      const GemmInput input_b{b.data(), transpose_b};
      std::vector<float> c = before;
      ASSERT_TRUE(Gemm(shape, input_a, input_b, {c.data(), 2.0F, 0.5F}, GemmThreads::kOne).ok());
      for (uint64_t i = 0; i < shape.m; ++i) {
        for (uint64_t j = 0; j < shape.n; ++j) {
          double expected = 0.5 * before[i * shape.n + j];
          for (uint64_t k = 0; k < shape.k; ++k) {
            expected += 2.0 * At(input_a, a, shape.m, shape.k, i, k) *
                        At(input_b, b, shape.k, shape.n, k, j);
          }
          EXPECT_NEAR(c[i * shape.n + j], expected, 1e-5);
        }
      }
    }
  }
}

TEST(GemmTest, ReplacesTheOutputWhenBetaIsZero) {
  const std::vector<float> a = {2.0F};
  const std::vector<float> b = {3.0F};
  std::vector<float> c = {1e30F};
  ASSERT_TRUE(Gemm({1, 1, 1}, {a.data()}, {b.data()}, {c.data()}, GemmThreads::kOne).ok());
  EXPECT_EQ(c[0], 6.0F);
}

TEST(GemmTest, ReadsAndWritesColumnsOfWiderMatrices) {
  // The middle two of four columns of a, into the last column of a matrix of three.
  const std::vector<float> a = {9, 1, 2, 9, 9, 3, 4, 9};
  const std::vector<float> b = {10, 100};
  std::vector<float> c = {-1, -1, -1, -1, -1, -1};
  ASSERT_TRUE(Gemm({2, 1, 2}, {a.data() + 1, Transpose::kNo, 4}, {b.data()},
                   {c.data() + 2, 1.0F, 0.0F, 3}, GemmThreads::kOne)
                  .ok());
  EXPECT_EQ(c, (std::vector<float>{-1, -1, 210, -1, -1, 430}));
}

TEST(GemmTest, LeavesAnEmptyOutputAlone) {
  EXPECT_TRUE(Gemm({0, 4, 2}, {nullptr}, {nullptr}, {nullptr}, GemmThreads::kOne).ok());
}

TEST(GemmTest, SharesLargeProductsWithoutChangingTheCallersThreads) {
  const GemmShape shape{700, 600, 500};
  base::Random random(2);
  const auto a = RandomValues(shape.m * shape.k, &random);
  const auto b = RandomValues(shape.k * shape.n, &random);
  std::vector<float> one(shape.m * shape.n);
  std::vector<float> all(shape.m * shape.n);
  const int before = omp_get_max_threads();
  ASSERT_TRUE(Gemm(shape, {a.data()}, {b.data()}, {one.data()}, GemmThreads::kOne).ok());
  ASSERT_TRUE(Gemm(shape, {a.data()}, {b.data()}, {all.data()}, GemmThreads::kAll).ok());
  EXPECT_EQ(omp_get_max_threads(), before);
  for (size_t i = 0; i < one.size(); i += 97) EXPECT_NEAR(one[i], all[i], 1e-3);
}

}  // namespace
}  // namespace llmembed::compute
