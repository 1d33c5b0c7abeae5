#include "text/normalizers/bert_normalizer.h"

#include <gtest/gtest.h>

#include <string>

namespace llmembed::text {
namespace {

std::string Normalized(const BertNormalizerOptions& options, std::string_view text) {
  std::string out;
  BertNormalizer(options).Normalize(text, &out);
  return out;
}

constexpr BertNormalizerOptions kUncased;
constexpr BertNormalizerOptions kNothing = {false, false, false, false};

TEST(BertNormalizerTest, CleansText) {
  BertNormalizerOptions clean = kNothing;
  clean.clean_text = true;
  const std::string text("a\0b\tc\u200bd\ufffde\u2003f\x7fg", 19);
  EXPECT_EQ(Normalized(clean, text), "ab cde fg");
  EXPECT_EQ(Normalized(kNothing, text), text);
}

TEST(BertNormalizerTest, PutsSpacesAroundIdeographs) {
  EXPECT_EQ(Normalized(kUncased, "a中文b"), "a 中  文 b");
  BertNormalizerOptions together;
  together.handle_chinese_chars = false;
  EXPECT_EQ(Normalized(together, "a中文b"), "a中文b");
}

TEST(BertNormalizerTest, StripsAccentsThenLowercases) {
  EXPECT_EQ(Normalized(kUncased, "Ünïcødé İSTANBUL ΟΔΟΣ"), "unicøde istanbul οδοσ");
  BertNormalizerOptions accents_kept;
  accents_kept.strip_accents = false;
  EXPECT_EQ(Normalized(accents_kept, "É İ 한"), "é i\u0307 한");
  BertNormalizerOptions cased;
  cased.lowercase = false;
  EXPECT_EQ(Normalized(cased, "ÉA 한"), "EA \u1112\u1161\u11ab");
}

// U+302E and U+1D165 are spacing marks, so they stay, ordered by class (224 and 216); the marks
// between them go. A starter, be it a mark itself (U+0C4A0C40's U+0C40), ends a run.
TEST(BertNormalizerTest, OrdersTheMarksThatStay) {
  EXPECT_EQ(Normalized(kUncased, "a\u302e\u0301\U0001d165b"), "a\U0001d165\u302eb");
  EXPECT_EQ(Normalized(kUncased, "a\u302e\u0c40\U0001d165"), "a\u302e\U0001d165");
  EXPECT_EQ(Normalized(kUncased, "a\u302e\u200d\U0001d165"), "a\U0001d165\u302e");
  EXPECT_EQ(Normalized(kUncased, "\u302e\u302f\u302e"), "\u302e\u302f\u302e");
  BertNormalizerOptions unordered;
  unordered.strip_accents = false;
  EXPECT_EQ(Normalized(unordered, "\u302e\U0001d165"), "\u302e\U0001d165");
}

TEST(BertNormalizerTest, AppendsToWhatIsThere) {
  std::string out = "A";
  BertNormalizer(kUncased).Normalize("B", &out);
  EXPECT_EQ(out, "Ab");
}

}  // namespace
}  // namespace llmembed::text
