#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/gguf_builder.h"
#include "support/temporary_folder.h"
#include "text/loading/gguf_tokenizer.h"

namespace llmembed::text {
namespace {

using test::GgufBuilder;
using testing::ElementsAre;
using testing::HasSubstr;

Result<std::unique_ptr<Tokenizer>> Load(const GgufBuilder& builder) {
  const test::TemporaryFolder folder;
  return LoadGgufTokenizer(folder.Write("model.gguf", builder.Build()), {});
}

std::vector<int32_t> Ids(const GgufBuilder& builder, std::string_view text) {
  const auto tokenizer = Load(builder);
  EXPECT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  Encoding encoding;
  if (tokenizer.ok()) {
    EXPECT_TRUE((*tokenizer)->Encode(text, 0, &encoding).ok());
  }
  return encoding.ids;
}

// Without the scores, whose place a test may want to take.
GgufBuilder Pieces() {
  GgufBuilder builder;
  builder.String("tokenizer.ggml.model", "llama")
      .Strings("tokenizer.ggml.tokens", {"<unk>", "<s>", "</s>", "\u2581", "a", "b", "ab",
                                         "\u2581ab", "a b", "<0xC3>", "<0xA9>"})
      .Int32s("tokenizer.ggml.token_type", {2, 3, 3, 1, 1, 1, 1, 1, 4, 6, 6})
      .Uint32("tokenizer.ggml.bos_token_id", 1)
      .Uint32("tokenizer.ggml.eos_token_id", 2);
  return builder;
}

GgufBuilder ValidFile() {
  GgufBuilder builder = Pieces();
  builder.Float32s("tokenizer.ggml.scores", {0, 0, 0, -1, -2, -3, -4, -5, 0, 0, 0});
  return builder;
}

TEST(GgufLlamaTest, MergesByScoreWithASpaceBeforeEveryPart) {
  EXPECT_THAT(Ids(ValidFile(), "ab  ab"), ElementsAre(1, 7, 3, 7));
  EXPECT_THAT(Ids(ValidFile(), "ba</s>a<unk>"), ElementsAre(1, 3, 5, 4, 2, 3, 4, 0));
  EXPECT_THAT(Ids(ValidFile(), "ba b\u00e9xx"), ElementsAre(1, 3, 5, 8, 3, 9, 10, 0));
  EXPECT_THAT(Ids(ValidFile(), ""), ElementsAre(1));
}

TEST(GgufLlamaTest, FollowsTheFilesOptions) {
  GgufBuilder builder = ValidFile();
  builder.Bool("tokenizer.ggml.add_bos_token", false)
      .Bool("tokenizer.ggml.add_eos_token", true)
      .Bool("tokenizer.ggml.add_space_prefix", false)
      .Bool("tokenizer.ggml.remove_extra_whitespaces", false)
      .Uint32("tokenizer.ggml.unknown_token_id", 3);
  EXPECT_THAT(Ids(builder, "abx"), ElementsAre(6, 3, 2));
}

TEST(GgufLlamaTest, RefusesDamageAndWhatItDoesNotDo) {
  const auto expect_refused = [](const GgufBuilder& builder, StatusCode code,
                                 const std::string& message) {
    const auto tokenizer = Load(builder);
    ASSERT_FALSE(tokenizer.ok()) << message;
    EXPECT_EQ(tokenizer.status().code(), code) << tokenizer.status().message();
    EXPECT_THAT(tokenizer.status().message(), HasSubstr(message));
  };
  expect_refused(Pieces(), StatusCode::kCorrupt, "tokenizer.ggml.scores");
  expect_refused(Pieces().Float32s("tokenizer.ggml.scores", {0, 1}), StatusCode::kCorrupt,
                 "2 values for the 11 tokens");
  expect_refused(ValidFile().Uint32("tokenizer.ggml.unknown_token_id", 11), StatusCode::kCorrupt,
                 "unknown_token_id is 11");
  expect_refused(ValidFile().Bool("tokenizer.ggml.remove_extra_whitespaces", true),
                 StatusCode::kUnsupported, "normalises");
}

}  // namespace
}  // namespace llmembed::text
