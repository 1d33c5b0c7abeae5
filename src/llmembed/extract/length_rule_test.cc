#include "extract/length_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace llmembed::extract {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A token a byte, numbered by its place; 101 before, 102 and 103 behind.
class ByteTokenizer : public text::Tokenizer {
 public:
  Status Encode(std::string_view text, uint32_t max_tokens, text::Encoding* out) const override {
    out->total_tokens = static_cast<uint32_t>(text.size()) + 3;
    const uint32_t size =
        max_tokens == 0 ? out->total_tokens : std::min(max_tokens, out->total_tokens);
    out->ids.assign(size, 101);
    std::iota(out->ids.begin() + 1, out->ids.end() - 2, 0);
    out->ids[size - 2] = 102;
    out->ids[size - 1] = 103;
    return {};
  }
  text::SpecialTokenCounts special_tokens() const override { return {1, 2}; }
  uint32_t vocabulary_size() const override { return 104; }
  std::optional<int32_t> unknown_id() const override { return std::nullopt; }
};

TextPieces Read(OnLongText rule, uint32_t max_tokens, size_t own_tokens) {
  const ByteTokenizer tokenizer;
  const auto made = LengthRule::Create(max_tokens, rule, tokenizer.special_tokens());
  EXPECT_TRUE(made.ok()) << made.status().message();
  text::Encoding scratch;
  const auto pieces = made->Read(tokenizer, std::string(own_tokens, 'x'), &scratch);
  EXPECT_TRUE(pieces.ok()) << pieces.status().message();
  return *pieces;
}

constexpr OnLongText kRules[] = {OnLongText::kHead, OnLongText::kHeadTail, OnLongText::kChunkMean,
                                 OnLongText::kError};

TEST(LengthRuleTest, ATextThatFitsIsReadWhole) {
  for (const OnLongText rule : kRules) {
    for (const size_t own : {0, 1, 4, 5}) {
      const TextPieces pieces = Read(rule, 8, own);
      ASSERT_EQ(pieces.size(), 1U);
      EXPECT_EQ(pieces[0].size(), own + 3);
      EXPECT_EQ(pieces.length.tokens, own + 3);
      EXPECT_EQ(pieces.length.used, own + 3);
      EXPECT_EQ(pieces.length.read, own + 3);
    }
  }
}

TEST(LengthRuleTest, HeadKeepsTheFirstTokens) {
  const TextPieces pieces = Read(OnLongText::kHead, 8, 6);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_THAT(pieces[0], ElementsAre(101, 0, 1, 2, 3, 4, 102, 103));
  EXPECT_EQ(pieces.length.tokens, 9U);
  EXPECT_EQ(pieces.length.used, 8U);
  EXPECT_THAT(Read(OnLongText::kHead, 3, 6)[0], ElementsAre(101, 102, 103));
}

TEST(LengthRuleTest, HeadTailKeepsBothEndsAndGivesTheHeadTheOddToken) {
  EXPECT_THAT(Read(OnLongText::kHeadTail, 7, 20)[0], ElementsAre(101, 0, 1, 18, 19, 102, 103));
  EXPECT_THAT(Read(OnLongText::kHeadTail, 8, 6)[0], ElementsAre(101, 0, 1, 2, 4, 5, 102, 103));
  EXPECT_THAT(Read(OnLongText::kHeadTail, 4, 6)[0], ElementsAre(101, 0, 102, 103));
  EXPECT_THAT(Read(OnLongText::kHeadTail, 3, 6)[0], ElementsAre(101, 102, 103));
  EXPECT_EQ(Read(OnLongText::kHeadTail, 7, 20).length.used, 7U);
}

TEST(LengthRuleTest, ChunksHoldEveryTokenAndTheirOwnSpecialOnes) {
  const TextPieces pieces = Read(OnLongText::kChunkMean, 5, 5);
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_THAT(pieces[0], ElementsAre(101, 0, 1, 102, 103));
  EXPECT_THAT(pieces[1], ElementsAre(101, 2, 3, 102, 103));
  EXPECT_THAT(pieces[2], ElementsAre(101, 4, 102, 103));
  EXPECT_EQ(pieces.length.tokens, 8U);
  EXPECT_EQ(pieces.length.used, 8U);  // nothing is cut
  EXPECT_EQ(pieces.length.read, 14U);
  EXPECT_EQ(Read(OnLongText::kChunkMean, 5, 4).size(), 2U);
}

TEST(LengthRuleTest, ErrorReadsNothing) {
  const TextPieces pieces = Read(OnLongText::kError, 8, 6);
  EXPECT_EQ(pieces.size(), 0U);
  EXPECT_EQ(pieces.length.tokens, 9U);
  EXPECT_EQ(pieces.length.used, 0U);
}

TEST(LengthRuleTest, RefusesLimitsWithoutRoom) {
  for (const OnLongText rule : kRules) {
    const auto made = LengthRule::Create(2, rule, {1, 2});
    EXPECT_EQ(made.status().code(), StatusCode::kUsage);
    EXPECT_THAT(made.status().message(), HasSubstr("the 3 special tokens"));
    EXPECT_EQ(LengthRule::Create(3, rule, {1, 2}).ok(), rule != OnLongText::kChunkMean);
  }
}

}  // namespace
}  // namespace llmembed::extract
