#include "text/unicode/properties.h"

#include <gtest/gtest.h>

#include <vector>

namespace llmembed::text {
namespace {

std::vector<char32_t> Values(const CodePointSequence& sequence) {
  return {sequence.begin(), sequence.end()};
}

using CodePoints = std::vector<char32_t>;

TEST(PropertiesTest, ClassifiesCodePoints) {
  EXPECT_TRUE(PropertiesOf(' ').Is(kWhitespace));
  EXPECT_TRUE(PropertiesOf(0x3000).Is(kWhitespace));
  EXPECT_FALSE(PropertiesOf(0x200B).Is(kWhitespace));
  EXPECT_TRUE(PropertiesOf(0x200B).Is(kRemoved));
  EXPECT_TRUE(PropertiesOf(0).Is(kRemoved));
  EXPECT_TRUE(PropertiesOf(0xFFFD).Is(kRemoved));
  EXPECT_FALSE(PropertiesOf('\n').Is(kRemoved));
  EXPECT_TRUE(PropertiesOf('$').Is(kPunctuation));
  EXPECT_FALSE(PropertiesOf(0x20AC).Is(kPunctuation));  // the euro sign: of ASCII's symbols only
  EXPECT_TRUE(PropertiesOf('_').Is(kWord));
  EXPECT_TRUE(PropertiesOf(0x4E2D).Is(kIdeograph));
  EXPECT_FALSE(PropertiesOf(0x2B820).Is(kIdeograph));  // as the reference has it
  EXPECT_TRUE(PropertiesOf(0x2B920).Is(kIdeograph));
  EXPECT_TRUE(PropertiesOf(0x301).Is(kNonspacingMark));
  EXPECT_EQ(PropertiesOf(0x301).combining_class, 230);
  EXPECT_FALSE(PropertiesOf(0x302E).Is(kNonspacingMark));
  EXPECT_EQ(PropertiesOf(0x302E).combining_class, 224);
  EXPECT_EQ(PropertiesOf(0x10FFFF).combining_class, 0);
}

TEST(PropertiesTest, DecomposesFully) {
  EXPECT_EQ(Values(DecomposeCanonically('a')), CodePoints{'a'});
  EXPECT_EQ(Values(DecomposeCanonically(0xE9)), (CodePoints{'e', 0x301}));
  EXPECT_EQ(Values(DecomposeCanonically(0x1F82)), (CodePoints{0x3B1, 0x313, 0x300, 0x345}));
  EXPECT_EQ(Values(DecomposeCanonically(0xAC00)), (CodePoints{0x1100, 0x1161}));
  EXPECT_EQ(Values(DecomposeCanonically(0xD7A3)), (CodePoints{0x1112, 0x1175, 0x11C2}));
  EXPECT_EQ(Values(DecomposeCanonically(0xD7A4)), CodePoints{0xD7A4});
  EXPECT_EQ(Values(DecomposeCanonically(0x10FFFF)), CodePoints{0x10FFFF});
}

TEST(PropertiesTest, LowercasesWithoutContext) {
  EXPECT_EQ(Values(ToLowercase('A')), CodePoints{'a'});
  EXPECT_EQ(Values(ToLowercase('a')), CodePoints{'a'});
  EXPECT_EQ(Values(ToLowercase(0x3A3)), CodePoints{0x3C3});
  EXPECT_EQ(Values(ToLowercase(0x130)), (CodePoints{'i', 0x307}));
  EXPECT_EQ(Values(ToLowercase(0x101)), CodePoints{0x101});  // inside a range of every second one
  EXPECT_EQ(Values(ToLowercase(0x1E921)), CodePoints{0x1E943});
  EXPECT_EQ(Values(ToLowercase(0x10FFFF)), CodePoints{0x10FFFF});
}

TEST(PropertiesTest, FlagsAndMappingsBelongTogether) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    const CodePointProperties properties = PropertiesOf(c);
    ASSERT_EQ(properties.Is(kDecomposes), Values(DecomposeCanonically(c)) != CodePoints{c});
    ASSERT_EQ(properties.Is(kLowercases), Values(ToLowercase(c)) != CodePoints{c});
  }
}

}  // namespace
}  // namespace llmembed::text
