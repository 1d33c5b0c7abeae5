#include "base/quoted.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace llmembed::base {
namespace {

TEST(QuotedTest, ShowsNamesInQuotes) {
  EXPECT_EQ(Quoted(""), "\"\"");
  EXPECT_EQ(Quoted("a.weight"), "\"a.weight\"");
  EXPECT_EQ(Shown("[1,2]"), "[1,2]");
}

TEST(QuotedTest, ControlCharactersDoNotReachTheTerminal) {
  EXPECT_EQ(Quoted("a\x1b[31m\n\x7f"), "\"a\\x1b[31m\\x0a\\x7f\"");
  EXPECT_EQ(Quoted("\u009b"), "\"\\x9b\"");
}

TEST(QuotedTest, LongNamesAreCutBetweenCharacters) {
  for (size_t before = 0; before < 4; ++before) {
    std::string name(before, 'a');
    for (int i = 0; i < 200; ++i) name += "\u20AC";
    const std::string shown = Quoted(name);
    EXPECT_TRUE(IsValidUtf8(shown));
    EXPECT_LE(shown.size(), 210U);
    EXPECT_TRUE(shown.ends_with("\u20AC...\""));
  }
}

TEST(QuotedTest, AnyBytesBecomeText) { EXPECT_TRUE(IsValidUtf8(Quoted("\xff\xc3(\xe2\x82"))); }

}  // namespace
}  // namespace llmembed::base
