#include "pipeline/state_comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace llmembed::pipeline {
namespace {

constexpr StateBars kRelative{.relative = 1e-3};

TEST(StateComparisonTest, MeasuresTheTokenThatDiffersMost) {
  const std::vector<float> expected = {3.0F, 4.0F, 100.0F, 0.0F};
  const std::vector<float> actual = {3.0F, 3.0F, 100.0F, 2.0F};
  const StateDifference difference = CompareStates("7", expected, actual, 2, kRelative);
  EXPECT_EQ(difference.state, "7");
  EXPECT_DOUBLE_EQ(difference.max_abs, 2.0);       // the second token's
  EXPECT_DOUBLE_EQ(difference.max_relative, 0.2);  // the first one's
  EXPECT_NEAR(difference.cosine_distance, 1.0 - 21.0 / (5.0 * std::sqrt(18.0)), 1e-12);
  EXPECT_FALSE(difference.is_within);
}

TEST(StateComparisonTest, EqualStatesAreWithinEveryBar) {
  const std::vector<float> state = {0.0F, 0.0F, -1.0F, 2.0F};
  const StateDifference difference =
      CompareStates("0", state, state, 2, {.relative = 0.0, .cosine_distance = 0.0});
  EXPECT_TRUE(difference.is_within);
  EXPECT_EQ(difference.max_relative, 0.0);
  EXPECT_EQ(difference.cosine_distance, 0.0);
}

TEST(StateComparisonTest, WhatIsNotFiniteIsBeyondEveryBar) {
  const std::vector<float> state = {1.0F, 1.0F};
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const std::vector<float> other = {1.0F, bad};
    EXPECT_FALSE(CompareStates("0", state, other, 2, kRelative).is_within);
    EXPECT_FALSE(CompareStates("0", other, state, 2, kRelative).is_within);
    EXPECT_FALSE(CompareStates("0", other, state, 2, {.cosine_distance = 1e-2}).is_within);
  }
  const std::vector<float> zeros = {0.0F, 0.0F};
  EXPECT_FALSE(CompareStates("0", zeros, state, 2, kRelative).is_within);
}

TEST(StateComparisonTest, NamesTheFirstStateThatDiffers) {
  extract::LayerStates expected;
  expected.width = 1;
  expected.points = {{0, false}, {1, false}, {2, true}, {2, false}};
  expected.states = {{1.0F}, {1.0F}, {1.0F}, {1.0F}};
  extract::LayerStates actual = expected;
  ModelCheck same;
  CompareAllStates(expected, actual, kRelative, &same);
  EXPECT_EQ(same.states.size(), 4U);
  EXPECT_EQ(same.first_difference, "");
  actual.states[2] = {1.1F};
  actual.states[3] = {1.2F};
  ModelCheck check;
  CompareAllStates(expected, actual, kRelative, &check);
  EXPECT_EQ(check.first_difference, "2.raw");
  EXPECT_EQ(check.states[3].state, "2");
}

}  // namespace
}  // namespace llmembed::pipeline
