#include "text/pre_tokenizers/word_scanners.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace llmembed::text {
namespace {

using testing::ElementsAre;

constexpr std::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
    R"(\s*[\r\n]+|\s+(?!\S)|\s+)";

std::vector<std::string> Words(WordScanner scan, std::string_view text) {
  std::vector<std::string> words;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = scan(text, begin);
    if (end <= begin) {
      ADD_FAILURE() << "no progress at " << begin;
      break;
    }
    words.emplace_back(text.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

TEST(WordScannersTest, Gpt2) {
  const auto words = [](std::string_view text) { return Words(&ScanGpt2Word, text); };
  EXPECT_THAT(words("it's IT'S we'll"), ElementsAre("it", "'s", " IT", "'", "S", " we", "'ll"));
  EXPECT_THAT(words("a  b \n c "), ElementsAre("a", " ", " b", " \n", " c", " "));
  EXPECT_THAT(words("a\tb\n"), ElementsAre("a", "\t", "b", "\n"));
  EXPECT_THAT(words("ab12.3 4"), ElementsAre("ab", "12", ".", "3", " 4"));
  EXPECT_THAT(words(" ''s"), ElementsAre(" ''", "s"));
}

TEST(WordScannersTest, Llama3AndQwen2) {
  const WordScanner llama3 = FindWordScanner(kLlama3);
  ASSERT_NE(llama3, nullptr);
  EXPECT_THAT(Words(llama3, "IT'S (see) 12345"),
              ElementsAre("IT", "'S", " (", "see", ")", " ", "123", "45"));
  EXPECT_THAT(Words(llama3, "a.\n\n b  \n  c"), ElementsAre("a", ".\n\n", " b", "  \n", " ", " c"));
  EXPECT_THAT(Words(llama3, "\tx 'x"), ElementsAre("\tx", " '", "x"));
  std::string qwen2(kLlama3);
  qwen2.erase(qwen2.find("{1,3}"), 5);
  ASSERT_NE(FindWordScanner(qwen2), nullptr);
  EXPECT_THAT(Words(FindWordScanner(qwen2), "x12"), ElementsAre("x", "1", "2"));
}

TEST(WordScannersTest, OthersAreNotKnown) {
  EXPECT_EQ(FindWordScanner(""), nullptr);
  EXPECT_EQ(FindWordScanner("\\s+"), nullptr);
  EXPECT_EQ(FindWordScanner(std::string(kLlama3) + "|x"), nullptr);
}

}  // namespace
}  // namespace llmembed::text
