#include "lexical/sparse_logistic.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "lexical/newton.h"

namespace llmembed::lexical {
namespace {

struct Problem {
  SparseMatrix rows;
  std::vector<uint32_t> labels;

  LogisticProblem Of(uint32_t classes, LossKind kind) const {
    LogisticProblem problem{rows, labels};
    problem.classes = classes;
    problem.kind = kind;
    return problem;
  }
};

// Half of the entries are there; the last column has none, and the first row neither.
Problem MakeProblem(uint32_t classes) {
  base::Random random(3);
  Problem problem;
  problem.rows.width = 6;
  for (uint32_t row = 0; row < 40; ++row) {
    for (uint32_t column = 0; row > 0 && column < 5; ++column) {
      if (random.Below(2) == 0) problem.rows.Append(column, static_cast<float>(random.Normal()));
    }
    problem.rows.EndRow();
    problem.labels.push_back(row < classes ? row : random.Below(classes));
  }
  return problem;
}

std::vector<float> RandomVector(uint64_t size, uint64_t stride, uint32_t outputs, uint64_t seed) {
  base::Random random(seed);
  std::vector<float> values(size);
  for (uint64_t i = 0; i < size; ++i) {
    if (i % stride < outputs) values[i] = static_cast<float>(random.Normal());
  }
  return values;
}

class SparseLogisticTest : public testing::TestWithParam<uint32_t> {};

TEST_P(SparseLogisticTest, DerivativesEqualDifferenceQuotients) {
  const uint32_t classes = GetParam();
  const LossKind kind = classes == 2 ? LossKind::kBinary : LossKind::kSoftmax;
  const uint32_t outputs = classes == 2 ? 1 : classes;
  const Problem problem = MakeProblem(classes);
  base::ThreadPool pool(2);
  const RunContext context;
  SparseLogistic objective(problem.Of(classes, kind), &pool, context);
  const uint64_t size = objective.parameter_count();
  const auto x = RandomVector(size, objective.stride(), outputs, 1);
  const auto direction = RandomVector(size, objective.stride(), outputs, 2);
  const auto along = [&](float t) {
    std::vector<float> moved = x;
    for (uint64_t i = 0; i < size; ++i) moved[i] += t * direction[i];
    return moved;
  };
  const auto dot = [&](const std::vector<float>& values) {
    double sum = 0.0;
    for (uint64_t i = 0; i < size; ++i) sum += static_cast<double>(values[i]) * direction[i];
    return sum;
  };
  constexpr float kStep = 1e-2F;
  double value[2];
  double slope[2];
  for (const int side : {0, 1}) {
    const auto moved = along(side == 0 ? -kStep : kStep);
    std::vector<float> gradient(size);
    const auto loss = objective.MoveTo(moved);
    ASSERT_TRUE(loss.ok() && objective.Gradient(moved, gradient).ok());
    value[side] = *loss;
    slope[side] = dot(gradient);
  }
  std::vector<float> gradient(size);
  std::vector<float> product(size);
  std::vector<float> diagonal(size);
  ASSERT_TRUE(objective.MoveTo(x).ok() && objective.Gradient(x, gradient).ok() &&
              objective.HessianProduct(direction, product).ok() &&
              objective.HessianDiagonal(diagonal).ok());
  EXPECT_NEAR(dot(gradient), (value[1] - value[0]) / (2 * kStep), 1e-3);
  EXPECT_NEAR(dot(product), (slope[1] - slope[0]) / (2 * kStep), 1e-3);

  for (uint64_t i = 0; i < problem.rows.width * objective.stride(); ++i) {
    if (i % objective.stride() >= outputs) continue;
    std::vector<float> unit(size);
    unit[i] = 1.0F;
    ASSERT_TRUE(objective.HessianProduct(unit, product).ok());
    EXPECT_NEAR(diagonal[i], product[i], 1e-6) << i;
  }
}

TEST_P(SparseLogisticTest, NewtonEndsWhereTheGradientIsZero) {
  const uint32_t classes = GetParam();
  const Problem problem = MakeProblem(classes);
  base::ThreadPool pool(1);
  const RunContext context;
  const LossKind kind = classes == 2 ? LossKind::kBinary : LossKind::kSoftmax;
  SparseLogistic objective(problem.Of(classes, kind), &pool, context);
  std::vector<float> x(objective.parameter_count());
  const auto outcome = MinimizeNewton(&objective, {}, &pool, x);
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome->converged);
  std::vector<float> gradient(x.size());
  ASSERT_TRUE(objective.MoveTo(x).ok() && objective.Gradient(x, gradient).ok());
  for (const float entry : gradient) EXPECT_LE(std::abs(entry), 2e-6F);
  EXPECT_EQ(x[5 * objective.stride()], 0.0F);  // of the column without entries
}

INSTANTIATE_TEST_SUITE_P(Classes, SparseLogisticTest, testing::Values(2U, 3U, 6U));

TEST(SparseMatrixTest, TransposesAndAppends) {
  SparseMatrix matrix;
  matrix.width = 3;
  matrix.Append(0, 1.0F);
  matrix.Append(2, 2.0F);
  matrix.EndRow();
  matrix.EndRow();
  matrix.AppendRows(matrix.Transposed().Transposed());
  ASSERT_EQ(matrix.rows(), 4U);
  const SparseMatrix transposed = matrix.Transposed();
  ASSERT_EQ(transposed.rows(), 3U);
  EXPECT_EQ(transposed.width, 4U);
  EXPECT_TRUE(transposed.row(1).columns.empty());
  ASSERT_EQ(transposed.row(2).columns.size(), 2U);
  EXPECT_EQ(transposed.row(2).columns[1], 2U);
  EXPECT_EQ(transposed.row(2).values[1], 2.0F);
}

}  // namespace
}  // namespace llmembed::lexical
