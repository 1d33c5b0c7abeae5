// The normalizers that files name, by way of their JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/loading/components.h"

namespace llmembed::text {
namespace {

using base::Json;
using testing::HasSubstr;

std::string Normalized(const Json& options, std::string_view text) {
  const auto normalizer = ReadNormalizer(&options, "options");
  EXPECT_TRUE(normalizer.ok()) << normalizer.status().message();
  if (!normalizer.ok()) return "";
  std::string out = ">";
  (*normalizer)->Normalize(text, &out);
  return out.substr(1);
}

void ExpectRefused(const Json& options, StatusCode code, const std::string& message) {
  const auto normalizer = ReadNormalizer(&options, "options");
  ASSERT_FALSE(normalizer.ok()) << options;
  EXPECT_EQ(normalizer.status().code(), code);
  EXPECT_THAT(normalizer.status().message(), HasSubstr(message));
}

Json ReplaceString(const std::string& pattern, const std::string& content) {
  return {{"type", "Replace"}, {"pattern", {{"String", pattern}}}, {"content", content}};
}

Json ReplaceRegex(const std::string& pattern, const std::string& content) {
  return {{"type", "Replace"}, {"pattern", {{"Regex", pattern}}}, {"content", content}};
}

TEST(NormalizersTest, Forms) {
  EXPECT_EQ(Normalized({{"type", "NFC"}}, "e\u0301\ufb01"), "\u00e9\ufb01");
  EXPECT_EQ(Normalized({{"type", "NFD"}}, "\u00e9\ufb01"), "e\u0301\ufb01");
  EXPECT_EQ(Normalized({{"type", "NFKC"}}, "e\u0301\ufb01"), "\u00e9fi");
  EXPECT_EQ(Normalized({{"type", "NFKD"}}, "\u00e9\ufb01"), "e\u0301fi");
}

TEST(NormalizersTest, CodePointByCodePoint) {
  EXPECT_EQ(Normalized({{"type", "Lowercase"}}, "\u0130\u03a3\u03a3A"), "i\u0307\u03c3\u03c3a");
  EXPECT_EQ(Normalized({{"type", "StripAccents"}}, "e\u0301\u0903\u00e9"), "e\u00e9");
  EXPECT_EQ(Normalized({{"type", "Nmt"}}, "a\x01\t\u200b\u00a0\u2581"), "a  \u00a0 ");
}

TEST(NormalizersTest, Edges) {
  EXPECT_EQ(Normalized({{"type", "Prepend"}, {"prepend", "_"}}, "a"), "_a");
  EXPECT_EQ(Normalized({{"type", "Prepend"}, {"prepend", "_"}}, ""), "");
  const Json strip = {{"type", "Strip"}, {"strip_left", true}, {"strip_right", false}};
  EXPECT_EQ(Normalized(strip, "\u3000 a \n"), "a \n");
  const Json strip_both = {{"type", "Strip"}, {"strip_left", true}, {"strip_right", true}};
  EXPECT_EQ(Normalized(strip_both, "\u3000 a \n\u2028"), "a");
  EXPECT_EQ(Normalized(strip_both, " \u3000"), "");
}

TEST(NormalizersTest, ReplacesStrings) {
  EXPECT_EQ(Normalized(ReplaceString(" ", "\u2581"), " a  b"), "\u2581a\u2581\u2581b");
  EXPECT_EQ(Normalized(ReplaceString("aa", "b"), "aaaaa"), "bba");
  EXPECT_EQ(Normalized(ReplaceString("a", ""), "aba"), "b");
  EXPECT_EQ(Normalized(ReplaceString(".*", "b"), "a.*"), "ab");
}

TEST(NormalizersTest, ReplacesTheRegularExpressionsThatFilesUse) {
  EXPECT_EQ(Normalized(ReplaceRegex(" {2,}", "_"), "a b  c   "), "a b_c_");
  EXPECT_EQ(Normalized(ReplaceRegex("\\s+", " "), "a\t\n\u3000b c"), "a b c");
  EXPECT_EQ(Normalized(ReplaceRegex("\\s", "_"), "a\t b"), "a__b");
  EXPECT_EQ(Normalized(ReplaceRegex("\\.+", "."), "a...b."), "a.b.");
  EXPECT_EQ(Normalized(ReplaceRegex("\u00e9", "e"), "\u00e9\u00e9"), "ee");
  for (const char* pattern :
       {"",      "a|b",        "\\d",    "[ab]",   "a*",   "a?",  "ab", ".",  "a{2}", "a{,}",
        "a{0,}", "a{100001,}", "a{2,3}", "a{-1,}", "a{1,", "(a)", "^",  "\\", "}",    "a+?"}) {
    ExpectRefused(ReplaceRegex(pattern, ""), StatusCode::kUnsupported, "\"" + std::string(pattern));
  }
  ExpectRefused(ReplaceString("", "a"), StatusCode::kUnsupported, "empty pattern");
}

TEST(NormalizersTest, Sequences) {
  const Json steps = {{"type", "Sequence"},
                      {"normalizers",
                       {{{"type", "Prepend"}, {"prepend", " "}},
                        ReplaceString(" ", "_"),
                        {{"type", "Sequence"}, {"normalizers", Json::array()}},
                        {{"type", "Lowercase"}}}}};
  EXPECT_EQ(Normalized(steps, "A B"), "_a_b");
  EXPECT_EQ(Normalized(steps, ""), "");
  ExpectRefused({{"type", "Sequence"}, {"normalizers", {nullptr}}}, StatusCode::kCorrupt, "null");
  ExpectRefused({{"type", "Sequence"}, {"normalizers", {{{"type", "Odd"}}}}},
                StatusCode::kUnsupported, "options[0]");
}

TEST(NormalizersTest, RefusesFieldsThatAreMissingOrUnknown) {
  ExpectRefused({{"type", "NFC"}, {"surprise", 1}}, StatusCode::kUnsupported, "surprise");
  ExpectRefused({{"type", "Lowercase"}, {"surprise", 1}}, StatusCode::kUnsupported, "surprise");
  ExpectRefused({{"type", "Prepend"}}, StatusCode::kCorrupt, "prepend");
  ExpectRefused({{"type", "Strip"}, {"strip_left", true}}, StatusCode::kCorrupt, "strip_right");
  ExpectRefused({{"type", "Replace"}, {"content", ""}}, StatusCode::kCorrupt, "pattern");
  ExpectRefused({{"type", "Replace"}, {"pattern", Json::object()}, {"content", ""}},
                StatusCode::kCorrupt, "String");
  ExpectRefused({{"type", "Precompiled"}, {"precompiled_charsmap", "A"}}, StatusCode::kCorrupt,
                "base64");
  ExpectRefused({{"type", "Precompiled"}, {"precompiled_charsmap", nullptr}}, StatusCode::kCorrupt,
                "precompiled_charsmap");
}

}  // namespace
}  // namespace llmembed::text
