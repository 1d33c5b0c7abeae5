#include "compute/gemm.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>
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

// Large enough for AMX, where there is one; no side is a multiple of a tile or block.
struct LargeProduct {
  GemmShape shape{301, 175, 1333};
  Transpose transpose_a, transpose_b;
  std::vector<float> a, b, before;
  // Rows that lie apart, of which only the first numbers are the matrix.
  uint64_t a_stride = 0, b_stride = 0;

  LargeProduct(Transpose of_a, Transpose of_b) : transpose_a(of_a), transpose_b(of_b) {
    base::Random random(3);
    a_stride = (of_a == Transpose::kYes ? shape.m : shape.k) + 5;
    b_stride = (of_b == Transpose::kYes ? shape.k : shape.n) + 9;
    a = RandomValues(a_stride * (of_a == Transpose::kYes ? shape.k : shape.m), &random);
    b = RandomValues(b_stride * (of_b == Transpose::kYes ? shape.n : shape.k), &random);
    before = RandomValues(shape.m * shape.n, &random);
  }

  std::vector<float> Multiply(float beta, GemmThreads threads) const {
    std::vector<float> c = before;
    EXPECT_TRUE(Gemm(shape, {a.data(), transpose_a, a_stride}, {b.data(), transpose_b, b_stride},
                     {c.data(), 1.0F, beta}, threads)
                    .ok());
    return c;
  }

  double Expected(uint64_t row, uint64_t column, double beta) const {
    double sum = beta * before[row * shape.n + column];
    for (uint64_t k = 0; k < shape.k; ++k) {
      const double x =
          transpose_a == Transpose::kYes ? a[k * a_stride + row] : a[row * a_stride + k];
      sum += x *
             (transpose_b == Transpose::kYes ? b[column * b_stride + k] : b[k * b_stride + column]);
    }
    return sum;
  }
};

TEST(GemmTest, LargeProductsAreAsExactAsF32AndDoNotDependOnThreads) {
  for (const Transpose of_a : {Transpose::kNo, Transpose::kYes}) {
    for (const Transpose of_b : {Transpose::kNo, Transpose::kYes}) {
      const LargeProduct product(of_a, of_b);
      for (const float beta : {0.0F, 1.0F}) {
        const std::vector<float> one = product.Multiply(beta, GemmThreads::kOne);
        EXPECT_EQ(one, product.Multiply(beta, GemmThreads::kOne));
        double squares = 0.0;
        for (uint64_t i = 0; i < one.size(); i += 7) {
          const double expected = product.Expected(i / product.shape.n, i % product.shape.n, beta);
          ASSERT_NEAR(one[i], expected, 2e-4);  // of sums about sqrt(1333) = 37
          squares += (one[i] - expected) * (one[i] - expected);
        }
        EXPECT_LT(std::sqrt(7.0 * squares / static_cast<double>(one.size())), 2e-5);
      }
    }
  }
}

TEST(GemmTest, LargeProductsHoldWhatAnF32Holds) {
  // Numbers of 24 bits, of every size, of which a product of bf16 alone would lose 16.
  const GemmShape shape{256, 256, 512};
  for (const float scale : {1.0F, 1e-15F, 1e15F}) {
    std::vector<float> a(shape.m * shape.k, 0.0F), b(shape.k * shape.n, 0.0F);
    for (uint64_t i = 0; i < shape.m; ++i) a[i * shape.k + i] = scale * 16777213.0F;
    for (uint64_t k = 0; k < shape.k; ++k) {
      for (uint64_t j = 0; j < shape.n; ++j) {
        b[k * shape.n + j] = scale * (1.0F + static_cast<float>(k * shape.n + j) * 0x1p-23F);
      }
    }
    std::vector<float> c(shape.m * shape.n);
    ASSERT_TRUE(Gemm(shape, {a.data()}, {b.data()}, {c.data()}, GemmThreads::kOne).ok());
    for (uint64_t i = 0; i < shape.m; ++i) {
      for (uint64_t j = 0; j < shape.n; j += 5) {
        const double expected = static_cast<double>(a[i * shape.k + i]) * b[i * shape.n + j];
        ASSERT_NEAR(c[i * shape.n + j] / expected, 1.0, 0x1p-22);
      }
    }
  }
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
