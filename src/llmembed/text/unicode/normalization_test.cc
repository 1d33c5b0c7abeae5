#include "text/unicode/normalization.h"

#include <gtest/gtest.h>

namespace llmembed::text {
namespace {

std::string Normalized(std::string_view text, NormalForm form) {
  std::string out = ">";
  AppendNormalForm(text, form, &out);
  return out.substr(1);
}

TEST(NormalizationTest, FormsOfOneText) {
  const std::string_view text = "\u1e9b\u0323 \ufb01";
  EXPECT_EQ(Normalized(text, NormalForm::kNfd), "\u017f\u0323\u0307 \ufb01");
  EXPECT_EQ(Normalized(text, NormalForm::kNfc), "\u1e9b\u0323 \ufb01");
  EXPECT_EQ(Normalized(text, NormalForm::kNfkd), "s\u0323\u0307 fi");
  EXPECT_EQ(Normalized(text, NormalForm::kNfkc), "\u1e69 fi");
}

TEST(NormalizationTest, MarksAreOrderedAndComposedUnlessBlocked) {
  EXPECT_EQ(Normalized("a\u0315\u0300\u05ae\u0062", NormalForm::kNfc), "\u00e0\u05ae\u0315b");
  EXPECT_EQ(Normalized("a\u0302\u0302", NormalForm::kNfc), "\u00e2\u0302");
  EXPECT_EQ(Normalized("\u0301\u0327a", NormalForm::kNfc), "\u0327\u0301a");
  EXPECT_EQ(Normalized("ae\u0301", NormalForm::kNfc), "a\u00e9");
}

TEST(NormalizationTest, StartersCompose) {
  EXPECT_EQ(Normalized("\u1100\u1161\u11a8\u11a8", NormalForm::kNfc), "\uac01\u11a8");
  EXPECT_EQ(Normalized("\uac01", NormalForm::kNfd), "\u1100\u1161\u11a8");
  EXPECT_EQ(Normalized("\U000110a5\U000110ba", NormalForm::kNfc), "\U000110ab");
  EXPECT_EQ(Normalized("\u0958", NormalForm::kNfc), "\u0915\u093c");  // excluded from composition
}

TEST(NormalizationTest, LongRunsOfMarksAreNotQuadratic) {
  std::string marks = "a";
  for (int i = 0; i < 100'000; ++i) marks += i % 2 == 0 ? "\u0301" : "\u0327";
  EXPECT_EQ(Normalized(marks, NormalForm::kNfc).size(), marks.size() - 1);
}

TEST(NormalizationTest, CombiningMarksAreOfAllThreeKinds) {
  for (const char32_t mark : {0x301U, 0x903U, 0x20DDU, 0xE0100U}) {
    EXPECT_TRUE(IsCombiningMark(mark));
  }
  for (const char32_t other : {0x41U, 0x2FFU, 0x10FFFFU}) EXPECT_FALSE(IsCombiningMark(other));
}

}  // namespace
}  // namespace llmembed::text
