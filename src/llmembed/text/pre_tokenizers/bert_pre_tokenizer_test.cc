#include "text/pre_tokenizers/bert_pre_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace llmembed::text {
namespace {

using testing::ElementsAre;

std::vector<std::string_view> Words(std::string_view text) {
  WordList words;
  BertPreTokenizer().Split({text}, &words);
  std::vector<std::string_view> texts;
  for (const Word& word : words) texts.push_back(word.text);
  return texts;
}

TEST(BertPreTokenizerTest, SplitsAtWhitespaceAndPunctuation) {
  EXPECT_THAT(Words("Hey  you,\u3000there?!"), ElementsAre("Hey", "you", ",", "there", "?", "!"));
  EXPECT_THAT(Words("a\u2014b"), ElementsAre("a", "\u2014", "b"));
  EXPECT_THAT(Words("don't"), ElementsAre("don", "'", "t"));
  EXPECT_THAT(Words("5\u20ac"), ElementsAre("5\u20ac"));
}

TEST(BertPreTokenizerTest, GivesNoEmptyWords) {
  EXPECT_TRUE(Words("").empty());
  EXPECT_TRUE(Words(" \t\u00a0").empty());
  EXPECT_THAT(Words(" a "), ElementsAre("a"));
}

}  // namespace
}  // namespace llmembed::text
