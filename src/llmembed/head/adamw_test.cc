#include "head/adamw.h"

#include <gtest/gtest.h>

#include <cmath>

namespace llmembed::head {
namespace {

AdamW MakeAdamW(double weight_decay, const std::vector<float>& decay_mask) {
  auto made = AdamW::Create(compute::CpuRowOps(compute::GemmThreads::kAll),
                            {.weight_decay = weight_decay}, decay_mask);
  EXPECT_TRUE(made.ok()) << made.status().message();
  return *std::move(made);
}

// The first step has the length of the rate, whatever the gradient: both moments are corrected.
TEST(AdamWTest, FirstStepGoesAgainstTheSign) {
  AdamW optimizer = MakeAdamW(0.0, {1, 1, 1});
  std::vector<float> parameters = {1.0F, 1.0F, 1.0F};
  ASSERT_TRUE(optimizer.Step(0.1, std::vector<float>{5.0F, -1e-3F, 0.0F}, parameters).ok());
  EXPECT_NEAR(parameters[0], 0.9, 1e-5);
  EXPECT_NEAR(parameters[1], 1.1, 1e-5);
  EXPECT_EQ(parameters[2], 1.0F);
}

TEST(AdamWTest, FollowsThePublishedUpdate) {
  AdamW optimizer = MakeAdamW(0.1, {1.0F});
  std::vector<float> parameters = {2.0F};
  double x = 2.0;
  double m = 0.0;
  double v = 0.0;
  for (int step = 1; step <= 20; ++step) {
    const double gradient = std::sin(step) + x;
    ASSERT_TRUE(
        optimizer.Step(0.05, std::vector<float>{static_cast<float>(gradient)}, parameters).ok());
    m = 0.9 * m + 0.1 * gradient;
    v = 0.999 * v + 0.001 * gradient * gradient;
    x -= 0.05 * 0.1 * x;
    x -= 0.05 * (m / (1.0 - std::pow(0.9, step))) /
         (std::sqrt(v / (1.0 - std::pow(0.999, step))) + 1e-8);
    EXPECT_NEAR(parameters[0], x, 1e-5);
  }
}

TEST(AdamWTest, DecayPassesMaskedParametersBy) {
  AdamW optimizer = MakeAdamW(0.5, {1.0F, 0.0F});
  std::vector<float> parameters = {4.0F, 4.0F};
  ASSERT_TRUE(optimizer.Step(0.1, std::vector<float>{0.0F, 0.0F}, parameters).ok());
  EXPECT_FLOAT_EQ(parameters[0], 3.8F);
  EXPECT_FLOAT_EQ(parameters[1], 4.0F);
}

TEST(LearningRateTest, RisesThenFollowsItsSchedule) {
  MlpConfig config;
  config.learning_rate = 1.0;
  config.warmup_share = 0.1;
  config.schedule = LearningRateSchedule::kConstant;
  EXPECT_NEAR(LearningRateAt(config, 0, 100), 1.0 / 11.0, 1e-12);
  EXPECT_NEAR(LearningRateAt(config, 9, 100), 10.0 / 11.0, 1e-12);
  EXPECT_EQ(LearningRateAt(config, 10, 100), 1.0);
  EXPECT_EQ(LearningRateAt(config, 99, 100), 1.0);
  config.schedule = LearningRateSchedule::kCosine;
  EXPECT_EQ(LearningRateAt(config, 10, 100), 1.0);
  EXPECT_NEAR(LearningRateAt(config, 55, 100), 0.5, 1e-12);
  EXPECT_LT(LearningRateAt(config, 99, 100), 0.001);
  config.warmup_share = 0.0;
  EXPECT_EQ(LearningRateAt(config, 0, 1), 1.0);
}

}  // namespace
}  // namespace llmembed::head
