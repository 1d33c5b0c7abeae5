#include "pipeline/length_tally.h"

#include <gtest/gtest.h>

namespace llmembed::pipeline {
namespace {

TEST(LengthTallyTest, CountsTogetherAndByClass) {
  const auto rule = extract::LengthRule::Create(10, OnLongText::kHeadTail, {1, 1});
  ASSERT_TRUE(rule.ok());
  LengthTally tally("bert", *rule);
  const std::vector<extract::TextLength> lengths = {{4, 4, 4}, {12, 10, 10}, {30, 10, 10}};
  tally.Add(lengths, std::vector<uint32_t>{1, kNoClass, 1});
  tally.Add(std::span(lengths).first(2), {});
  const LengthReport report = tally.Report(std::vector<std::string>{"bad", "good"});
  EXPECT_EQ(report.backbone, "bert");
  EXPECT_EQ(report.max_tokens, 10U);
  EXPECT_EQ(report.on_long_text, OnLongText::kHeadTail);
  EXPECT_EQ(report.all.texts, 5U);
  EXPECT_EQ(report.all.tokens, 62U);
  EXPECT_EQ(report.all.long_texts, 3U);
  EXPECT_EQ(report.all.cut_texts, 3U);
  EXPECT_EQ(report.all.cut_tokens, 24U);
  ASSERT_EQ(report.classes.size(), 2U);
  EXPECT_EQ(report.classes[0].label, "bad");
  EXPECT_EQ(report.classes[0].texts, 0U);
  EXPECT_EQ(report.classes[1].label, "good");
  EXPECT_EQ(report.classes[1].texts, 2U);
  EXPECT_EQ(report.classes[1].cut_tokens, 20U);
  EXPECT_DOUBLE_EQ(report.classes[1].cut_share(), 20.0 / 34.0);
  EXPECT_TRUE(tally.Report({}).classes.empty());
}

TEST(LengthTallyTest, ChunksAreLongAndNotCut) {
  const auto rule = extract::LengthRule::Create(10, OnLongText::kChunkMean, {1, 1});
  ASSERT_TRUE(rule.ok());
  LengthTally tally("", *rule);
  tally.Add(std::vector<extract::TextLength>{{30, 30, 36}}, {});
  const LengthReport report = tally.Report({});
  EXPECT_EQ(report.all.long_texts, 1U);
  EXPECT_EQ(report.all.cut_texts, 0U);
  EXPECT_EQ(report.all.cut_share(), 0.0);
}

}  // namespace
}  // namespace llmembed::pipeline
