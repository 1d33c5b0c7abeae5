#include "text/loading/gguf_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/gguf_builder.h"
#include "support/temporary_folder.h"

namespace llmembed::text {
namespace {

using test::GgufBuilder;
using testing::ElementsAre;
using testing::HasSubstr;

Result<std::unique_ptr<Tokenizer>> Load(const GgufBuilder& builder,
                                        SpecialText special_text = SpecialText::kParse) {
  const test::TemporaryFolder folder;
  return LoadGgufTokenizer(folder.Write("model.gguf", builder.Build()),
                           {.special_text = special_text});
}

std::vector<int32_t> Encode(const GgufBuilder& builder, std::string_view text,
                            SpecialText special_text = SpecialText::kParse) {
  const auto tokenizer = Load(builder, special_text);
  EXPECT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  Encoding encoding;
  if (tokenizer.ok()) {
    EXPECT_TRUE((*tokenizer)->Encode(text, 0, &encoding).ok());
  }
  return encoding.ids;
}

// Tokens 0 to 12, with merges that make "ab", "abc" and, behind a space, "ab" again; "12" by
// digits.
GgufBuilder ByteLevelFile(const std::string& words) {
  GgufBuilder builder;
  builder.String("tokenizer.ggml.model", "gpt2")
      .String("tokenizer.ggml.pre", words)
      .Strings("tokenizer.ggml.tokens", {"<|end|>", "a", "b", "c", "\u0120", "ab", "abc",
                                         "\u0120ab", "1", "2", "12", "<tool>", "<"})
      .Int32s("tokenizer.ggml.token_type", {3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 4, 1})
      .Strings("tokenizer.ggml.merges", {"a b", "ab c", "\u0120 ab", "1 2"})
      .Uint32("tokenizer.ggml.bos_token_id", 0);
  return builder;
}

TEST(GgufTokenizerTest, ByteLevelWordsByTheirName) {
  EXPECT_THAT(Encode(ByteLevelFile("gpt-2"), "abc ab12"), ElementsAre(6, 7, 10));
  EXPECT_THAT(Encode(ByteLevelFile("default"), "abc ab12"), ElementsAre(6, 7, 10));
  EXPECT_THAT(Encode(ByteLevelFile("smollm"), "abc ab12"), ElementsAre(6, 7, 8, 9));
  EXPECT_THAT(Encode(ByteLevelFile("qwen2"), "abc ab12"), ElementsAre(6, 7, 8, 9));
  EXPECT_THAT(Encode(ByteLevelFile("llama-bpe"), "abc ab12"), ElementsAre(0, 6, 7, 10));
}

TEST(GgufTokenizerTest, ControlAndUserDefinedTokensAreFoundInTexts) {
  EXPECT_THAT(Encode(ByteLevelFile("smollm"), "a<|end|>b<tool>c"), ElementsAre(1, 0, 2, 11, 3));
  const GgufBuilder file = ByteLevelFile("smollm");
  EXPECT_THAT(Encode(file, "a<tool>", SpecialText::kPlain), ElementsAre(1, 11));
  // "|", "e", "n", "d" and ">" are no tokens here, and there is none for what is unknown.
  EXPECT_THAT(Encode(file, "a<|end|>", SpecialText::kPlain), ElementsAre(1, 12));
}

TEST(GgufTokenizerTest, TokensAtTheEdgesAreThoseTheFileAsksFor) {
  GgufBuilder both = ByteLevelFile("smollm");
  both.Bool("tokenizer.ggml.add_bos_token", true)
      .Bool("tokenizer.ggml.add_eos_token", true)
      .Uint32("tokenizer.ggml.eos_token_id", 11);
  EXPECT_THAT(Encode(both, "a"), ElementsAre(0, 1, 11));
  GgufBuilder none = ByteLevelFile("llama-bpe");
  none.Bool("tokenizer.ggml.add_bos_token", false);
  EXPECT_THAT(Encode(none, "a"), ElementsAre(1));
}

TEST(GgufTokenizerTest, WordPiecesAsConverted) {
  GgufBuilder builder;
  builder.String("tokenizer.ggml.model", "bert")
      .Strings("tokenizer.ggml.tokens", {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "\u2581un",
                                         "able", "\u2581a", "\u2581[", "\u2581]"});
  EXPECT_THAT(Encode(builder, "Unable [a] zzz"), ElementsAre(2, 5, 6, 8, 7, 9, 1, 3));
  EXPECT_THAT(Encode(builder, "[MASK]"), ElementsAre(2, 4, 3));
}

TEST(GgufTokenizerTest, WordPiecesAreLowerCasedUnlessTheyHaveCapitals) {
  const auto file = [](const std::string& capital) {
    GgufBuilder builder;
    builder.String("tokenizer.ggml.model", "bert")
        .Strings("tokenizer.ggml.tokens", {"<u>", "<c>", "<s>", "\u2581a", "\u2581\u00e4", capital})
        .Int32s("tokenizer.ggml.token_type", {2, 3, 3, 1, 1, 1})
        .Uint32("tokenizer.ggml.unknown_token_id", 0)
        .Uint32("tokenizer.ggml.bos_token_id", 1)
        .Uint32("tokenizer.ggml.seperator_token_id", 2);
    return builder;
  };
  EXPECT_THAT(Encode(file("\u2581b"), "A \u00e4<s>"), ElementsAre(1, 3, 3, 2, 2));
  EXPECT_THAT(Encode(file("\u2581B"), "A \u00e4 B"), ElementsAre(1, 0, 4, 5, 2));
  GgufBuilder told = file("\u2581B");
  told.Bool("tokenizer.ggml.normalizer.lowercase", true);
  EXPECT_THAT(Encode(told, "A B"), ElementsAre(1, 3, 0, 2));
  told.Bool("tokenizer.ggml.normalizer.strip_accents", false);
  EXPECT_THAT(Encode(told, "\u00c4"), ElementsAre(1, 4, 2));
}

TEST(GgufTokenizerTest, PlacesWithoutATokenAreLeftOut) {
  GgufBuilder builder;
  builder.String("tokenizer.ggml.model", "gpt2")
      .Strings("tokenizer.ggml.tokens", {"a", "", "b"})
      .Int32s("tokenizer.ggml.token_type", {1, 3, 1})
      .Strings("tokenizer.ggml.merges", {});
  EXPECT_THAT(Encode(builder, "ab"), ElementsAre(0, 2));
}

TEST(GgufTokenizerTest, WhatIsNotDoneIsRefusedByName) {
  const auto expect = [](const GgufBuilder& builder, StatusCode code, const std::string& words) {
    const Status status = Load(builder).status();
    EXPECT_EQ(status.code(), code) << status.message();
    EXPECT_THAT(status.message(), HasSubstr(words));
    EXPECT_THAT(status.message(), HasSubstr("model.gguf"));
  };
  expect(ByteLevelFile("tekken"), StatusCode::kUnsupported, "tekken");
  GgufBuilder other;
  other.String("tokenizer.ggml.model", "rwkv");
  expect(other, StatusCode::kUnsupported, "rwkv");
  GgufBuilder no_merges;
  no_merges.String("tokenizer.ggml.model", "gpt2").Strings("tokenizer.ggml.tokens", {"a"});
  expect(no_merges, StatusCode::kCorrupt, "tokenizer.ggml.merges");
  GgufBuilder bad_merge = no_merges;
  expect(bad_merge.Strings("tokenizer.ggml.merges", {"ab"}), StatusCode::kCorrupt, "merges[0]");
  GgufBuilder bad_text;
  bad_text.String("tokenizer.ggml.model", "gpt2").Strings("tokenizer.ggml.tokens", {"a", "\xff"});
  expect(bad_text, StatusCode::kCorrupt, "tokens[1] is not UTF-8");
  GgufBuilder few;
  few.String("tokenizer.ggml.model", "gpt2")
      .Strings("tokenizer.ggml.tokens", {"a", "b"})
      .Int32s("tokenizer.ggml.token_type", {1});
  expect(few, StatusCode::kCorrupt, "token_type");
  GgufBuilder beyond = ByteLevelFile("smollm");
  beyond.Bool("tokenizer.ggml.add_eos_token", true).Uint32("tokenizer.ggml.eos_token_id", 13);
  expect(beyond, StatusCode::kCorrupt, "13");
}

}  // namespace
}  // namespace llmembed::text
