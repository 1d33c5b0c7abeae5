#include "head/head.h"

#include <gtest/gtest.h>

#include <cmath>

namespace llmembed::head {
namespace {

// 2 -> 3 (ReLU) -> 2.
Head TwoLayerHead() {
  return Head{{{2, 3, {1, 0, 0, 1, -1, -1}, {0, 0, 1}}, {3, 2, {1, 2, 3, -1, 0, 1}, {0.5, -0.5}}}};
}

TEST(HeadTest, AppliesLayersWithReluBetween) {
  const auto logits = TwoLayerHead().Logits(std::vector<float>{2, 3, -1, -2});
  ASSERT_TRUE(logits.ok());
  // Row 0: hidden (2, 3, 0); row 1: hidden (0, 0, 4).
  EXPECT_EQ(*logits, (std::vector<float>{8.5F, -2.5F, 12.5F, 3.5F}));
}

TEST(HeadTest, GivesEachRowOfManyTheSameAsAlone) {
  const Head head = TwoLayerHead();
  std::vector<float> features;
  for (int row = 0; row < 3000; ++row) {
    features.push_back(static_cast<float>(row % 17));
    features.push_back(static_cast<float>(row % 5) - 2.0F);
  }
  const auto together = head.Logits(features);
  ASSERT_TRUE(together.ok());
  ASSERT_EQ(together->size(), 6000U);
  for (const size_t row : {0, 1023, 1024, 2047, 2999}) {
    const auto alone = head.Logits(std::span(features).subspan(row * 2, 2));
    ASSERT_TRUE(alone.ok());
    EXPECT_FLOAT_EQ((*together)[2 * row], (*alone)[0]);
    EXPECT_FLOAT_EQ((*together)[2 * row + 1], (*alone)[1]);
  }
}

TEST(HeadTest, TakesNoRows) {
  const auto logits = TwoLayerHead().Logits({});
  ASSERT_TRUE(logits.ok());
  EXPECT_TRUE(logits->empty());
}

TEST(HeadTest, RefusesFeaturesOfAnotherWidth) {
  const auto logits = TwoLayerHead().Logits(std::vector<float>{1, 2, 3});
  EXPECT_EQ(logits.status().code(), StatusCode::kMismatch);
}

TEST(HeadTest, ProbabilitiesAreTheSoftmaxOfTheLogits) {
  const auto probabilities = TwoLayerHead().Probabilities(std::vector<float>{2, 3});
  ASSERT_TRUE(probabilities.ok());
  EXPECT_NEAR((*probabilities)[0], 1.0 / (1.0 + std::exp(-11.0)), 1e-6);
  EXPECT_FLOAT_EQ((*probabilities)[0] + (*probabilities)[1], 1.0F);
}

TEST(SoftmaxRowsTest, SurvivesLogitsWhoseExponentialsOverflow) {
  std::vector<float> rows = {1000.0F, 1000.0F, -1e30F, -1000.0F, -1000.0F, 3e38F};
  SoftmaxRows(rows, 3);
  EXPECT_EQ(rows, (std::vector<float>{0.5F, 0.5F, 0.0F, 0.0F, 0.0F, 1.0F}));
}

TEST(LargestScoreTest, TakesTheFirstOfEquals) {
  EXPECT_EQ(LargestScore(std::vector<float>{1, 3, 3}), 1U);
}

}  // namespace
}  // namespace llmembed::head
