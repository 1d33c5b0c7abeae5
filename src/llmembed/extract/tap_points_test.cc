#include "extract/tap_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace llmembed::extract {
namespace {

using testing::HasSubstr;

backbone::BackboneConfig Config(bool has_final_norm, bool has_pooler) {
  backbone::BackboneConfig config;
  config.model_type = "some";
  config.layers = 6;
  config.has_final_norm = has_final_norm;
  config.has_pooler = has_pooler;
  return config;
}

Result<std::vector<TapPoint>> Resolve(const char* taps, const backbone::BackboneConfig& config) {
  const auto parsed = fusion::ParseTapList(taps);
  EXPECT_TRUE(parsed.ok()) << parsed.status().message();
  return ResolveTaps(*parsed, config);
}

TEST(TapPointsTest, NegativeLayersCountFromTheEnd) {
  const auto points = Resolve("0:mean,-7:max,6:cls,-1:mean,-1.raw:last", Config(true, false));
  ASSERT_TRUE(points.ok()) << points.status().message();
  std::vector<size_t> layers;
  for (const TapPoint& point : *points) layers.push_back(point.state.layer);
  EXPECT_THAT(layers, testing::ElementsAre(0, 0, 6, 6, 6));
  EXPECT_FALSE((*points)[3].state.is_before_final_norm);
  EXPECT_TRUE((*points)[4].state.is_before_final_norm);
}

TEST(TapPointsTest, WhatABackboneLacksIsRefusedWithAReason) {
  struct Refused {
    const char* taps;
    bool has_final_norm;
    bool has_pooler;
    const char* message;
  };
  constexpr Refused kRefused[] = {
      {"7:mean", true, true, "tap 7:mean: the model's layers are 0 to 6"},
      {"-8:mean", true, true, "or -7 to -1"},
      {"-1.raw:mean", false, true, "a model of type some has no norm behind its last layer"},
      {"5.raw:mean", true, true, "only the last layer (6, or -1) has a norm behind it"},
      {"-1:pooler", true, false, "a model of type some has no pooler"},
      {"5:pooler", true, true, "the pooler reads the last layer (6, or -1)"},
  };
  for (const Refused& refused : kRefused) {
    const auto points = Resolve(refused.taps, Config(refused.has_final_norm, refused.has_pooler));
    ASSERT_FALSE(points.ok()) << refused.taps;
    EXPECT_EQ(points.status().code(), StatusCode::kUsage);
    EXPECT_THAT(points.status().message(), HasSubstr(refused.message));
  }
}

TEST(TapPointsTest, KnowsWhatTheTapsNeed) {
  EXPECT_FALSE(NeedsPadding(*Resolve("0:mean,1:cls", Config(true, true))));
  EXPECT_TRUE(NeedsPadding(*Resolve("0:mean,1:mean_all", Config(true, true))));
  EXPECT_FALSE(NeedsPooler(*Resolve("0:mean,-1:cls", Config(true, true))));
  EXPECT_TRUE(NeedsPooler(*Resolve("0:mean,6:pooler", Config(true, true))));
}

TEST(TapPointsTest, KnowsWhichTokensOfALayerAreRead) {
  const auto read = [](const char* taps, size_t layer) {
    return TokensReadOf(*Resolve(taps, Config(true, true)), layer);
  };
  EXPECT_EQ(read("1:mean,6:cls,6:pooler", 6), TokensRead::kFirst);
  EXPECT_EQ(read("1:mean,6:last", 6), TokensRead::kLast);
  EXPECT_EQ(read("6:last,6:cls", 6), TokensRead::kAll);
  EXPECT_EQ(read("6:max,6:cls", 6), TokensRead::kAll);
  EXPECT_EQ(read("1:mean,6:cls", 1), TokensRead::kAll);
}

}  // namespace
}  // namespace llmembed::extract
