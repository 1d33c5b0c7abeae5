// Rotary angles against those that transformers 4.44.2's LlamaRotaryEmbedding gives for heads of 16
// (hidden_size 32, 2 heads, max_position_embeddings 64).
#include "backbone/rotary.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace llmembed::backbone {
namespace {

constexpr size_t kHeadSize = 16;

RotaryConfig Config(RotaryScaling scaling, double factor, double theta = 10'000.0) {
  return {.theta = theta, .scaling = scaling, .factor = factor, .original_positions = 64};
}

// The angles of the last of `length` positions.
struct LastRow {
  std::vector<float> cos, sin;
};
LastRow LastRowOf(const RotaryConfig& config, size_t length) {
  std::vector<int32_t> positions(length);
  std::iota(positions.begin(), positions.end(), 0);
  LastRow rows;
  RotaryTable(config, kHeadSize).Append(positions, &rows.cos, &rows.sin);
  EXPECT_EQ(rows.cos.size(), length * kHeadSize / 2);
  rows.cos.erase(rows.cos.begin(), rows.cos.end() - kHeadSize / 2);
  rows.sin.erase(rows.sin.begin(), rows.sin.end() - kHeadSize / 2);
  return rows;
}

void ExpectFrequencies(const RotaryConfig& config, size_t length,
                       const std::vector<float>& expected) {
  const std::vector<float> frequencies = RotaryFrequencies(config, kHeadSize, length);
  ASSERT_EQ(frequencies.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(frequencies[i] / expected[i], 1.0F, 3e-7F) << i;
  }
}

TEST(RotaryTest, FrequenciesAreThoseOfTransformers) {
  ExpectFrequencies(Config(RotaryScaling::kNone, 1.0), 60,
                    {1.0F, 0.31622776F, 0.1F, 0.031622779F, 0.0099999998F, 0.0031622779F, 0.001F,
                     0.00031622779F});
  ExpectFrequencies(Config(RotaryScaling::kLinear, 4.0), 60,
                    {0.25F, 0.079056941F, 0.025F, 0.0079056947F, 0.0024999999F, 0.00079056947F,
                     0.00025000001F, 7.9056947e-05F});
  RotaryConfig llama3 = Config(RotaryScaling::kLlama3, 8.0, 500.0);
  llama3.low_frequency = 1.0;
  llama3.high_frequency = 4.0;
  ExpectFrequencies(llama3, 60,
                    {1.0F, 0.45986328F, 0.097616628F, 0.012156156F, 0.0055901702F, 0.0025707141F,
                     0.001182177F, 0.00054363982F});
  RotaryConfig yarn = Config(RotaryScaling::kYarn, 4.0);
  yarn.beta_fast = 32.0;
  yarn.beta_slow = 1.0;
  ExpectFrequencies(yarn, 60,
                    {1.0F, 0.23717082F, 0.049999997F, 0.0079056947F, 0.0024999999F, 0.00079056947F,
                     0.00025000001F, 7.9056947e-05F});
}

TEST(RotaryTest, DynamicFrequenciesFollowTheLengthOfTheText) {
  const RotaryConfig dynamic = Config(RotaryScaling::kDynamic, 2.0);
  const RotaryConfig plain = Config(RotaryScaling::kNone, 1.0);
  ExpectFrequencies(dynamic, 64, RotaryFrequencies(plain, kHeadSize, 64));
  ExpectFrequencies(dynamic, 100,
                    {1.0F, 0.28394514F, 0.080624841F, 0.02289303F, 0.0065003652F, 0.001845747F,
                     0.00052409089F, 0.00014881307F});
  const LastRow last = LastRowOf(dynamic, 100);
  EXPECT_NEAR(last.cos[1], -0.9866204857826233F, 2e-6F);
  EXPECT_NEAR(last.sin[7], 0.014731960371136665F, 2e-6F);
}

TEST(RotaryTest, AnglesAreThoseOfTransformers) {
  const LastRow plain = LastRowOf(Config(RotaryScaling::kNone, 1.0), 60);
  EXPECT_NEAR(plain.cos[0], -0.7710801959037781F, 1e-6F);
  EXPECT_NEAR(plain.cos[3], -0.29068976640701294F, 1e-6F);
  EXPECT_NEAR(plain.sin[1], -0.19093801081180573F, 2e-6F);
  RotaryConfig yarn = Config(RotaryScaling::kYarn, 4.0);
  yarn.beta_fast = 32.0;
  yarn.beta_slow = 1.0;
  yarn.attention_factor = 1.138629436111989;  // 0.1 ln 4 + 1
  const LastRow scaled = LastRowOf(yarn, 60);
  EXPECT_NEAR(scaled.cos[2], -1.1177949905395508F, 1e-6F);
  EXPECT_NEAR(scaled.sin[1], 1.1268301010131836F, 1e-6F);
}

TEST(RotaryTest, FrequenciesCanBeDividedOneByOne) {
  RotaryConfig config = Config(RotaryScaling::kNone, 1.0);
  config.frequency_divisors = {1, 2, 4, 8, 1, 1, 1, 1};
  const std::vector<float> frequencies = RotaryFrequencies(config, kHeadSize, 60);
  EXPECT_NEAR(frequencies[1], 0.31622776F / 2, 1e-7F);
  EXPECT_NEAR(frequencies[3], 0.031622779F / 8, 1e-8F);
}

TEST(RotaryTest, ATableThatHasGrownGivesTheSameAngles) {
  const RotaryConfig config = Config(RotaryScaling::kLinear, 4.0);
  RotaryTable grown(config, kHeadSize);
  std::vector<float> cos;
  std::vector<float> sin;
  const std::vector<int32_t> three = {0, 1, 2};
  const std::vector<int32_t> five = {0, 1, 2, 3, 4};
  grown.Append(three, &cos, &sin);
  grown.Append(five, &cos, &sin);
  EXPECT_EQ(cos.size(), 8 * kHeadSize / 2);
  EXPECT_TRUE(
      std::equal(cos.begin(), cos.begin() + 3 * kHeadSize / 2, cos.begin() + 3 * kHeadSize / 2));
  EXPECT_EQ(cos.back(), LastRowOf(config, 5).cos.back());
}

}  // namespace
}  // namespace llmembed::backbone
