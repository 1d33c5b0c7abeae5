#include "base/utf8.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace llmembed::base {
namespace {

// Ill-formed text, and what Python's bytes.decode("utf-8", "replace") makes of it.
const std::vector<std::pair<std::string, std::string>> kIllFormed = {
    {"\xff", "\uFFFD"},
    {"a\x80z", "a\uFFFDz"},
    {"\xc0\xaf", "\uFFFD\uFFFD"},                      // overlong
    {"\xe0\x80\xaf", "\uFFFD\uFFFD\uFFFD"},            // overlong
    {"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},            // a surrogate
    {"\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // beyond U+10FFFF
    {"\xe2\x82", "\uFFFD"},                            // cut short: one maximal subpart
    {"\xf0\x9f\x98z", "\uFFFDz"},
    {"\xc3(", "\uFFFD("},
};

TEST(Utf8Test, IllFormedPartsAreReplacedAsPythonDoes) {
  for (const auto& [text, expected] : kIllFormed) {
    EXPECT_FALSE(IsValidUtf8(text));
    EXPECT_EQ(ReplaceInvalidUtf8(text), expected);
    // Also behind enough ASCII for the fast way.
    EXPECT_EQ(ReplaceInvalidUtf8(std::string(100, 'a') + text), std::string(100, 'a') + expected);
  }
}

TEST(Utf8Test, EveryCodePointComesBack) {
  for (char32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point >= 0xD800 && code_point <= 0xDFFF) continue;
    std::string text;
    AppendUtf8(code_point, &text);
    ASSERT_TRUE(IsValidUtf8(text)) << static_cast<uint32_t>(code_point);
    size_t position = 0;
    ASSERT_EQ(DecodeUtf8(text, &position), code_point);
    ASSERT_EQ(position, text.size());
  }
}

TEST(Utf8Test, WellFormedTextStays) {
  const std::string text = "na\u00efve \u20ac \U0001F600 " + std::string(1, '\0') + "end";
  EXPECT_TRUE(IsValidUtf8(text));
  EXPECT_EQ(ReplaceInvalidUtf8(text), text);
}

}  // namespace
}  // namespace llmembed::base
