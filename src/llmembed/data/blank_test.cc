#include "data/blank.h"

#include <gtest/gtest.h>

namespace llmembed::data {
namespace {

TEST(BlankTest, NothingButWhiteSpace) {
  for (const std::string_view text :
       {"", " ", "\t\r\n\v\f", "\xC2\xA0", "\xE3\x80\x80 \xE2\x80\x83"}) {
    EXPECT_TRUE(IsBlank(text)) << text;
  }
  // A letter, NUL, a zero width space (which Unicode calls no blank), ill-formed UTF-8.
  for (const std::string_view text : {std::string_view("  x "), std::string_view("\0", 1),
                                      std::string_view("\xE2\x80\x8B"), std::string_view("\xC2")}) {
    EXPECT_FALSE(IsBlank(text)) << text;
  }
}

TEST(BlankTest, TrimsBothEnds) {
  const auto trimmed = [](std::string text) {
    TrimAsciiBlanks(&text);
    return text;
  };
  EXPECT_EQ(trimmed(" a b\r"), "a b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \t "), "");
  EXPECT_EQ(trimmed(""), "");
}

}  // namespace
}  // namespace llmembed::data
