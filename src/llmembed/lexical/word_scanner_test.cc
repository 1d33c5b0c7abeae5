#include "lexical/word_scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lexical/test_problem.h"

namespace llmembed::lexical {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Words(std::string_view text) {
  WordScanner scanner;
  const auto words = scanner.Scan(text);
  return {words.begin(), words.end()};
}

TEST(WordScannerTest, FindsTheWordsOfScikitLearn) {
  const base::Json golden = Golden();
  ASSERT_GT(golden["words"].size(), 10U);
  for (const base::Json& entry : golden["words"]) {
    const auto text = entry["text"].get<std::string>();
    EXPECT_EQ(Words(text), entry["words"].get<std::vector<std::string>>()) << text;
  }
}

TEST(WordScannerTest, KeepsNothingOfTheTextBefore) {
  WordScanner scanner;
  EXPECT_THAT(scanner.Scan("one two"), ElementsAre("one", "two"));
  EXPECT_THAT(scanner.Scan("x"), IsEmpty());
  EXPECT_THAT(scanner.Scan("three"), ElementsAre("three"));
}

TEST(WordScannerTest, IllFormedUtf8SeparatesWords) {
  EXPECT_THAT(Words("ab\xff"
                    "cd\xe2\x82"),
              ElementsAre("ab", "cd"));
}

}  // namespace
}  // namespace llmembed::lexical
