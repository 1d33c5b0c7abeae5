#include "text/added_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/normalizers/bert_normalizer.h"

namespace llmembed::text {
namespace {

using testing::HasSubstr;

// A model that knows two pieces, with a gap between their ids.
class TwoPieces : public Model {
 public:
  void Tokenize(std::string_view, std::vector<int32_t>*) const override {}
  std::optional<int32_t> IdOf(std::string_view piece) const override {
    if (piece == "[CLS]") return 0;
    if (piece == "word") return 3;
    return std::nullopt;
  }
  std::optional<int32_t> unknown_id() const override { return std::nullopt; }
  uint32_t piece_count() const override { return 2; }
  uint32_t id_limit() const override { return 4; }
};

AddedToken Token(const std::string& content, uint64_t id) {
  AddedToken token;
  token.content = content;
  token.id = id;
  return token;
}

AddedTokenMatcher Matcher(const std::vector<AddedToken>& tokens) {
  std::vector<AddedTokenMatcher::Pattern> patterns;
  for (const AddedToken& token : tokens) patterns.push_back({token.content, token});
  return AddedTokenMatcher(patterns);
}

// The parts as text: what stands between tokens in parentheses, tokens by their ids.
std::string Split(const AddedTokenMatcher& matcher, std::string_view text) {
  std::vector<TextPart> parts;
  matcher.Split(text, &parts);
  std::string out;
  for (const TextPart& part : parts) {
    out += part.token_id == TextPart::kNoToken ? "(" + std::string(part.text) + ")"
                                               : std::to_string(part.token_id);
  }
  return out;
}

TEST(AddedTokenMatcherTest, TakesTheLeftmostAndLongest) {
  const auto matcher = Matcher({Token("ab", 1), Token("abc", 2), Token("bcd", 3)});
  EXPECT_EQ(Split(matcher, "xabcdab"), "(x)2(d)1");
  EXPECT_EQ(Split(matcher, "bcdx"), "3(x)");
  EXPECT_EQ(Split(matcher, "x"), "(x)");
  EXPECT_EQ(Split(matcher, ""), "");
  EXPECT_EQ(Split(Matcher({}), "ab"), "(ab)");
}

TEST(AddedTokenMatcherTest, SingleWordsStandAlone) {
  AddedToken token = Token("ab", 1);
  token.single_word = true;
  const auto matcher = Matcher({token});
  EXPECT_EQ(Split(matcher, "ab xab abx \u00e9ab ab\u00e9 _ab"),
            "1( xab abx \u00e9ab ab\u00e9 _ab)");
  EXPECT_EQ(Split(matcher, "-ab-"), "(-)1(-)");
}

TEST(AddedTokenMatcherTest, TakesWhitespaceAlong) {
  AddedToken left = Token("L", 1);
  left.lstrip = true;
  AddedToken right = Token("R", 2);
  right.rstrip = true;
  const auto matcher = Matcher({left, right});
  EXPECT_EQ(Split(matcher, "a \u3000L b"), "(a)1( b)");
  EXPECT_EQ(Split(matcher, "a R \u3000b"), "(a )2(b)");
  EXPECT_EQ(Split(matcher, "R  L"), "21");
  EXPECT_EQ(Split(matcher, "  L"), "1");
  EXPECT_EQ(Split(matcher, "R  "), "2");
}

TEST(AddedTokensTest, NumbersTheTokensThatTheModelLacks) {
  const std::vector<AddedToken> listed = {Token("x", 2), Token("word", 0), Token("y", UINT64_MAX)};
  const auto tokens = AddedTokens::Create(listed, TwoPieces(), nullptr);
  ASSERT_TRUE(tokens.ok()) << tokens.status().message();
  EXPECT_EQ(tokens->id_limit, 5U);
  EXPECT_EQ(Split(tokens->in_text, "x word y"), "2( )3( )4");
  const auto behind = AddedTokens::Create({Token("word", 0), Token("y", 0)}, TwoPieces(), nullptr);
  ASSERT_TRUE(behind.ok()) << behind.status().message();
  EXPECT_EQ(Split(behind->in_text, "y"), "4");
}

TEST(AddedTokensTest, SeeksNormalizedTokensInNormalizedText) {
  AddedToken token = Token("Caf\u00e9", 2);
  token.normalized = true;
  AddedToken same = Token("CAFE", 3);
  same.normalized = true;
  same.is_special = true;
  const BertNormalizer normalizer({});
  const auto tokens = AddedTokens::Create({token, same}, TwoPieces(), &normalizer);
  ASSERT_TRUE(tokens.ok()) << tokens.status().message();
  EXPECT_EQ(Split(tokens->in_text, "Caf\u00e9"), "(Caf\u00e9)");
  EXPECT_EQ(Split(tokens->in_normalized_text, "a cafe"), "(a )3");  // the special one goes first
}

TEST(AddedTokensTest, RefusesWhatDoesNotFit) {
  AddedToken mark = Token("\u0301", 2);
  mark.normalized = true;
  AddedToken strips = Token("s", 2);
  strips.rstrip = true;
  const std::string long_content(AddedTokens::kMaxContentBytes + 1, 'a');
  struct Case {
    std::vector<AddedToken> tokens;
    StatusCode code;
    std::string message;
  };
  const std::vector<Case> cases = {
      {{Token("x", 2), Token("x", 3)}, StatusCode::kCorrupt, "stands twice"},
      {{Token("", 2)}, StatusCode::kCorrupt, "0 bytes"},
      {{Token(long_content, 2)}, StatusCode::kCorrupt, "257 bytes"},
      {{mark}, StatusCode::kUnsupported, "normalises to nothing"},
      {{strips, Token(" x", 3)}, StatusCode::kUnsupported, "starts with whitespace"},
  };
  const BertNormalizer normalizer({});
  for (const Case& refused : cases) {
    const auto tokens = AddedTokens::Create(refused.tokens, TwoPieces(), &normalizer);
    ASSERT_FALSE(tokens.ok()) << refused.message;
    EXPECT_EQ(tokens.status().code(), refused.code) << refused.message;
    EXPECT_THAT(tokens.status().message(), HasSubstr(refused.message));
  }
}

}  // namespace
}  // namespace llmembed::text
