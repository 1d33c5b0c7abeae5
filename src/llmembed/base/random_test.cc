#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace llmembed::base {
namespace {

// The first numbers of pcg32-demo (seed 42, stream 54) of O'Neill's pcg-c-basic.
TEST(RandomTest, IsPcg32) {
  Random random(42, 54);
  for (const uint32_t expected :
       {0xa15c02b7U, 0x7b47f409U, 0xba1d3330U, 0x83d2f293U, 0xbfa4784bU, 0xcbed606eU}) {
    EXPECT_EQ(random.Next(), expected);
  }
}

TEST(RandomTest, BelowStaysBelowAndReachesAll) {
  Random random(1);
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) ++counts[random.Below(7)];
  EXPECT_GT(*std::min_element(counts.begin(), counts.end()), 9'500);
  EXPECT_LT(*std::max_element(counts.begin(), counts.end()), 10'500);
  EXPECT_EQ(random.Below(1), 0U);
}

TEST(RandomTest, UniformAndNormalHaveTheirMoments) {
  Random random(2);
  double sum = 0.0;
  double normal_sum = 0.0;
  double normal_squares = 0.0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const double uniform = random.Uniform();
    ASSERT_TRUE(uniform >= 0.0 && uniform < 1.0);
    sum += uniform;
    const double normal = random.Normal();
    normal_sum += normal;
    normal_squares += normal * normal;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.005);
  EXPECT_NEAR(normal_sum / kDraws, 0.0, 0.02);
  EXPECT_NEAR(normal_squares / kDraws, 1.0, 0.02);
}

TEST(RandomTest, ShuffleIsAPermutationDecidedByTheSeed) {
  const auto shuffled = [](uint64_t seed) {
    std::vector<int> items(50);
    std::iota(items.begin(), items.end(), 0);
    Random(seed).Shuffle(std::span(items));
    return items;
  };
  EXPECT_EQ(shuffled(3), shuffled(3));
  EXPECT_NE(shuffled(3), shuffled(4));
  std::vector<int> sorted = shuffled(3);
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted.front(), 0);
  EXPECT_EQ(sorted.back(), 49);
  EXPECT_EQ(std::unique(sorted.begin(), sorted.end()), sorted.end());
}

TEST(RandomTest, SkippingIsDrawingSoOften) {
  for (const uint64_t count : {0U, 1U, 2U, 7U, 1000U}) {
    Random drawn(3, 4);
    Random skipped = drawn;
    for (uint64_t i = 0; i < count; ++i) drawn.Next();
    skipped.Skip(count);
    EXPECT_EQ(skipped.Next(), drawn.Next()) << count;
  }
}

}  // namespace
}  // namespace llmembed::base
