#include "head/lbfgs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace llmembed::head {
namespace {

// sum_i scale_i (x_i - i)^2 / 2, scales from 1 to 1e4.
Result<double> Quadratic(std::span<const double> x, std::span<double> gradient) {
  double value = 0.0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double scale =
        std::pow(10.0, 4.0 * static_cast<double>(i) / static_cast<double>(x.size() - 1));
    const double difference = x[i] - static_cast<double>(i);
    gradient[i] = scale * difference;
    value += 0.5 * scale * difference * difference;
  }
  return value;
}

Result<double> Rosenbrock(std::span<const double> x, std::span<double> gradient) {
  const double a = 1.0 - x[0];
  const double b = x[1] - x[0] * x[0];
  gradient[0] = -2.0 * a - 400.0 * x[0] * b;
  gradient[1] = 200.0 * b;
  return a * a + 100.0 * b * b;
}

TEST(LbfgsTest, FindsTheMinimumOfABadlyScaledQuadratic) {
  std::vector<double> x(30, 0.0);
  const auto outcome = MinimizeLbfgs(Quadratic, {.gradient_tolerance = 1e-8}, x);
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome->converged);
  for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], static_cast<double>(i), 1e-7);
}

TEST(LbfgsTest, FollowsRosenbrocksValley) {
  std::vector<double> x = {-1.2, 1.0};
  const auto outcome = MinimizeLbfgs(Rosenbrock, {.gradient_tolerance = 1e-9}, x);
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome->converged);
  EXPECT_LT(outcome->evaluations, 100U);
  EXPECT_NEAR(x[0], 1.0, 1e-8);
  EXPECT_NEAR(x[1], 1.0, 1e-8);
}

TEST(LbfgsTest, SaysWhenItRanOutOfIterations) {
  std::vector<double> x = {-1.2, 1.0};
  const auto outcome = MinimizeLbfgs(Rosenbrock, {.max_iterations = 3}, x);
  ASSERT_TRUE(outcome.ok());
  EXPECT_FALSE(outcome->converged);
  EXPECT_EQ(outcome->iterations, 3U);
  EXPECT_LT(outcome->value, 24.2);  // the value at the start
}

TEST(LbfgsTest, StaysWhereThereIsNothingToGain) {
  std::vector<double> x = {1.0, 1.0};
  const auto outcome = MinimizeLbfgs(Rosenbrock, {}, x);
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome->converged);
  EXPECT_EQ(outcome->iterations, 0U);
  EXPECT_EQ(outcome->evaluations, 1U);
}

// A value that is rounded so coarsely that no step seems to lower it near the minimum.
TEST(LbfgsTest, GivesUpWhenRoundingHidesEveryDescent) {
  const auto coarse = [](std::span<const double> x, std::span<double> gradient) -> Result<double> {
    auto value = Quadratic(x, gradient);
    return std::round(*value * 10.0) / 10.0;
  };
  std::vector<double> x(5, 0.0);
  const auto outcome = MinimizeLbfgs(coarse, {.gradient_tolerance = 1e-12}, x);
  ASSERT_TRUE(outcome.ok());
  EXPECT_FALSE(outcome->converged);
  EXPECT_LE(outcome->value, 0.1);
}

// -log x + x, infinite for x <= 0: a long first step leaves the domain.
TEST(LbfgsTest, StepsBackFromPlacesWithoutAValue) {
  const auto barrier = [](std::span<const double> x, std::span<double> gradient) -> Result<double> {
    gradient[0] = 1.0 - 1.0 / x[0];
    return x[0] > 0.0 ? x[0] - std::log(x[0]) : std::numeric_limits<double>::quiet_NaN();
  };
  std::vector<double> x = {1000.0};
  const auto outcome = MinimizeLbfgs(barrier, {.gradient_tolerance = 1e-8}, x);
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome->converged);
  EXPECT_NEAR(x[0], 1.0, 1e-6);
}

TEST(LbfgsTest, RefusesAStartWithoutAValue) {
  const auto nothing = [](std::span<const double>, std::span<double> gradient) -> Result<double> {
    gradient[0] = 0.0;
    return std::numeric_limits<double>::quiet_NaN();
  };
  std::vector<double> x = {0.0};
  EXPECT_EQ(MinimizeLbfgs(nothing, {}, x).status().code(), StatusCode::kBadData);
}

TEST(LbfgsTest, PassesTheObjectivesErrorOn) {
  int calls = 0;
  const auto failing = [&](std::span<const double> x,
                           std::span<double> gradient) -> Result<double> {
    if (++calls == 5) return Status(StatusCode::kCancelled, "enough");
    return Rosenbrock(x, gradient);
  };
  std::vector<double> x = {-1.2, 1.0};
  EXPECT_EQ(MinimizeLbfgs(failing, {}, x).status().code(), StatusCode::kCancelled);
  EXPECT_EQ(calls, 5);
}

}  // namespace
}  // namespace llmembed::head
