#include "fusion/tap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace llmembed::fusion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TapTest, ParsesEveryPart) {
  const auto tap = ParseTap("mini-LM.v2_x/-1:cls");
  ASSERT_TRUE(tap.ok()) << tap.status().message();
  EXPECT_EQ(*tap, (Tap{"mini-LM.v2_x", -1, Pooling::kCls}));
  EXPECT_EQ(*ParseTap("0:mean"), (Tap{"", 0, Pooling::kMean}));
  EXPECT_EQ(*ParseTap("12:max"), (Tap{"", 12, Pooling::kMax}));
  EXPECT_EQ(*ParseTap("-9999:last"), (Tap{"", -9999, Pooling::kLast}));
  EXPECT_EQ(*ParseTap("3:mean_all"), (Tap{"", 3, Pooling::kMeanAll}));
  EXPECT_EQ(*ParseTap("b/-1:pooler"), (Tap{"b", -1, Pooling::kPooler}));
  EXPECT_EQ(*ParseTap("-1.raw:cls"), (Tap{"", -1, Pooling::kCls, true}));
}

TEST(TapTest, TextGoesThereAndBack) {
  for (const char* text : {"0:mean", "-1:cls", "9999:last", "b/12:max", "a.b-c_d/-12:mean",
                           "1:mean_all", "-1:pooler", "-1.raw:mean", "a.raw/32.raw:mean_all"}) {
    const auto tap = ParseTap(text);
    ASSERT_TRUE(tap.ok()) << text;
    EXPECT_EQ(ToString(*tap), text);
  }
}

struct BadTap {
  const char* text;
  const char* message;
};

constexpr BadTap kBadTaps[] = {
    {"", "expected layer:pooling"},
    {"mean", "expected layer:pooling"},
    {":mean", "expected a layer number"},
    {"+1:mean", "expected a layer number"},
    {"01:mean", "expected a layer number"},
    {"-0:mean", "expected a layer number"},
    {" 1:mean", "expected a layer number"},
    {"1.5:mean", "expected a layer number"},
    {"10000:mean", "out of range"},
    {"-10000:mean", "out of range"},
    {"-2147483648:mean", "out of range"},
    {"99999999999999999999:mean", "out of range"},
    {"1:", "expected mean, mean_all, max, cls, last or pooler"},
    {"1:Mean", "expected mean, mean_all, max, cls, last or pooler"},
    {"1:mean ", "expected mean, mean_all, max, cls, last or pooler"},
    {"1:mean:max", "expected mean, mean_all, max, cls, last or pooler"},
    {"1.raw.raw:mean", "expected a layer number"},
    {".raw:mean", "expected a layer number"},
    {"1.RAW:mean", "expected a layer number"},
    {"-1.raw:pooler", "expected no .raw"},
    {"/1:mean", "expected a backbone's name"},
    {"a/b/1:mean", "expected a layer number"},
    {"1a/1:mean", "expected a backbone's name"},
    {"a b/1:mean", "expected a backbone's name"},
    {"\xff:mean", "tap \"\xEF\xBF\xBD:mean\""},
};

TEST(TapTest, WhatIsNoTapIsRefusedWithAReason) {
  for (const BadTap& bad : kBadTaps) {
    SCOPED_TRACE(bad.text);
    const auto tap = ParseTap(bad.text);
    ASSERT_FALSE(tap.ok());
    EXPECT_EQ(tap.status().code(), StatusCode::kUsage);
    EXPECT_THAT(tap.status().message(), HasSubstr(bad.message));
  }
}

TEST(TapTest, BackboneNamesAreBounded) {
  EXPECT_TRUE(IsBackboneName(std::string(64, 'a')));
  EXPECT_FALSE(IsBackboneName(std::string(65, 'a')));
  EXPECT_FALSE(ParseTap(std::string(100000, 'a') + "/0:mean").ok());
}

TEST(TapListTest, KeepsTheOrder) {
  const auto taps = ParseTapList("4:mean,0:mean,b/-1:cls");
  ASSERT_TRUE(taps.ok());
  EXPECT_THAT(*taps, ElementsAre(Tap{"", 4, Pooling::kMean}, Tap{"", 0, Pooling::kMean},
                                 Tap{"b", -1, Pooling::kCls}));
}

TEST(TapListTest, RefusesWhatIsNoList) {
  EXPECT_EQ(ParseTapList("").status().code(), StatusCode::kUsage);
  for (const char* text : {",", "0:mean,", ",0:mean", "0:mean,,1:mean", "0:mean, 1:mean"}) {
    EXPECT_EQ(ParseTapList(text).status().code(), StatusCode::kUsage) << text;
  }
  EXPECT_THAT(ParseTapList("0:mean,1:max,0:mean").status().message(),
              HasSubstr("tap \"0:mean\": stands twice"));
}

TEST(TapListTest, IsBounded) {
  std::string text = "0:mean";
  for (size_t i = 1; i < kMaxTaps; ++i) text += "," + std::to_string(i) + ":mean";
  EXPECT_EQ(ParseTapList(text)->size(), kMaxTaps);
  EXPECT_THAT(ParseTapList(text + ",-1:mean").status().message(), HasSubstr("longer than 1024"));
}

}  // namespace
}  // namespace llmembed::fusion
