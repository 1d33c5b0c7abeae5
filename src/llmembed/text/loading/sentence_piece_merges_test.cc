#include "text/loading/sentence_piece_merges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace llmembed::text {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Merges(const std::vector<ScoredPiece>& pieces) {
  const auto merges = MergesByScore(pieces, "model");
  EXPECT_TRUE(merges.ok()) << merges.status().message();
  std::vector<std::string> shown;
  for (const BpeMerge& merge : *merges) {
    shown.push_back(std::string(merge.left) + "+" + std::string(merge.right));
  }
  return shown;
}

TEST(SentencePieceMergesTest, TheGreatestScoreGoesFirst) {
  EXPECT_THAT(Merges({{"a", 0}, {"b", 0}, {"c", 0}, {"ab", -2}, {"bc", -1}}),
              ElementsAre("b+c", "a+b"));
  EXPECT_THAT(Merges({{"ab", 0}, {"a", 0}}), IsEmpty());  // "b" is no piece
  EXPECT_THAT(Merges({}), IsEmpty());
}

TEST(SentencePieceMergesTest, OfOneScoreThoseWithTheLongerLeftPart) {
  EXPECT_THAT(Merges({{"a", 0}, {"aa", -1}, {"aaa", -2}, {"aaaa", -3}}),
              ElementsAre("a+a", "aa+a", "a+aa", "aaa+a", "aa+aa", "a+aaa"));
}

// By characters, not bytes; then in the order of the pieces, and of the parts of one piece.
TEST(SentencePieceMergesTest, OfOneLengthTheOrderOfThePieces) {
  EXPECT_THAT(Merges({{"\u00e9", 0}, {"b", 0}, {"bb", -1}, {"\u00e9\u00e9", -1}, {"b\u00e9", -1}}),
              ElementsAre("b+b", "\u00e9+\u00e9", "b+\u00e9"));
  EXPECT_THAT(Merges({{"b", 0}, {"aab", -1}, {"a", 0}, {"aa", -1}, {"ab", -1}}),
              ElementsAre("aa+b", "a+ab", "a+a", "a+b"));
}

TEST(SentencePieceMergesTest, BoundsTheNumberOfMerges) {
  std::vector<std::string> texts;
  for (char start = 'a'; start < 'k'; ++start) {
    for (size_t length = 1; length <= 1024; ++length) texts.emplace_back(length, start);
  }
  std::vector<ScoredPiece> pieces;
  for (const std::string& text : texts) pieces.push_back({text, -1});
  EXPECT_EQ(MergesByScore(pieces, "model").status().code(), StatusCode::kCorrupt);
}

}  // namespace
}  // namespace llmembed::text
