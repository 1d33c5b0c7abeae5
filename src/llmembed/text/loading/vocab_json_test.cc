#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/json.h"
#include "support/temporary_folder.h"
#include "support/tokenizer_goldens.h"
#include "text/loading/merges_txt.h"
#include "text/tokenizer.h"

namespace llmembed::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kRobertaVocabulary =
    R"({"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "ab": 6, "Ġ": 7, "Ġab": 8,
        "<mask>": 9, "<": 10, "s": 11, ">": 12})";
constexpr const char* kPlainVocabulary = R"({"a": 0, "b": 1, "ab": 2, "Ġ": 3, "Ġab": 4, "1": 5})";

class VocabJsonTest : public testing::Test {
 protected:
  void SetUp() override {
    Write("vocab.json", kRobertaVocabulary);
    Write("merges.txt", "#version: 0.2\na b\nĠ ab\n");
  }

  void Write(const std::string& name, const std::string& contents) {
    folder_.Write(name, contents);
  }

  std::vector<int32_t> Ids(const std::string& text, const TokenizerOptions& options = {}) {
    const auto tokenizer = LoadTokenizer(folder_.path(), options);
    if (tokenizer.ok()) return test::Ids(**tokenizer, text);
    ADD_FAILURE() << tokenizer.status().message();
    return {};
  }

  Status Refusal() { return LoadTokenizer(folder_.path()).status(); }

  test::TemporaryFolder folder_;
};

TEST_F(VocabJsonTest, IsRobertaByItsVocabulary) {
  EXPECT_THAT(Ids("ab ab <mask>a</s>"), ElementsAre(0, 6, 8, 9, 4, 2, 2));
  EXPECT_THAT(Ids("<s>", {SpecialText::kPlain}), ElementsAre(0, 10, 11, 12, 2));
  Write("tokenizer_config.json", R"({"add_prefix_space": true})");
  EXPECT_THAT(Ids("ab"), ElementsAre(0, 8, 2));
}

TEST_F(VocabJsonTest, IsGpt2ByAnyOtherVocabulary) {
  Write("vocab.json", kPlainVocabulary);
  EXPECT_THAT(Ids("ab ab<|endoftext|>"), ElementsAre(2, 4, 6));  // added behind the pieces
  Write("config.json", R"({"model_type": "gpt2"})");
  EXPECT_THAT(Ids("ab"), ElementsAre(2));
}

TEST_F(VocabJsonTest, TheConfigurationSaysTheClass) {
  Write("config.json", R"({"model_type": "gpt2"})");
  EXPECT_THAT(Ids("<s>a"), ElementsAre(10, 11, 12, 4));
  Write("tokenizer_config.json",
        R"({"tokenizer_class": "GPT2TokenizerFast", "add_bos_token": true, "bos_token": "<s>"})");
  EXPECT_THAT(Ids("<s>a"), ElementsAre(0, 0, 4));
  Write("tokenizer_config.json", R"({"tokenizer_class": "RobertaTokenizer", "cls_token": "a"})");
  EXPECT_THAT(Ids("b"), ElementsAre(4, 5, 2));
}

TEST_F(VocabJsonTest, ReadsAddedTokens) {
  Write("tokenizer_config.json",
        R"({"added_tokens_decoder": {"13": {"content": "new", "special": false},
            "9": {"content": "<mask>", "lstrip": false, "special": true}}, "mask_token": "<mask>"})");
  EXPECT_THAT(Ids("anew <mask>"), ElementsAre(0, 4, 13, 7, 9, 2));
}

TEST_F(VocabJsonTest, RefusesOtherClasses) {
  Write("config.json", R"({"model_type": "bart"})");
  EXPECT_EQ(Refusal().code(), StatusCode::kUnsupported);
  EXPECT_THAT(Refusal().message(), HasSubstr("\"bart\""));
  Write("tokenizer_config.json", R"({"tokenizer_class": "CLIPTokenizer"})");
  EXPECT_EQ(Refusal().code(), StatusCode::kUnsupported);
  EXPECT_THAT(Refusal().message(), HasSubstr("\"CLIPTokenizer\""));
}

TEST_F(VocabJsonTest, RefusesDamage) {
  for (const char* merges : {"#version: 0.2\na\n", "#version: 0.2\na b a\n", "#version: 0.2\n\n",
                             "#version: 0.2\na a\n"}) {
    Write("merges.txt", merges);
    EXPECT_EQ(Refusal().code(), StatusCode::kCorrupt) << merges;
  }
  std::filesystem::remove(folder_ / "merges.txt");
  EXPECT_EQ(Refusal().code(), StatusCode::kNotFound);
  for (const char* vocabulary :
       {"", "[]", "{\"a\": -1}", "{\"a\": \"b\"}", "{\"a\": 1, \"b\": 1}"}) {
    Write("merges.txt", "#version: 0.2\n");
    Write("vocab.json", vocabulary);
    EXPECT_EQ(Refusal().code(), StatusCode::kCorrupt) << vocabulary;
  }
}

std::string Merges(std::string_view contents, MergesDialect dialect) {
  const auto merges = ParseMerges(contents, dialect, "merges.txt");
  EXPECT_TRUE(merges.ok()) << merges.status().message();
  std::string joined;
  for (const BpeMerge& merge : *merges) {
    joined.append(merge.left).append("+").append(merge.right).append(" ");
  }
  return joined;
}

// As the reference's classes read it: they do not agree.
TEST(MergesTxtTest, FirstAndLastLine) {
  EXPECT_EQ(Merges("#version: 0.2\na b\nc d\n", MergesDialect::kGpt2), "a+b c+d ");
  EXPECT_EQ(Merges("#version: 0.2\na b\nc d\n", MergesDialect::kQwen2), "a+b c+d ");
  EXPECT_EQ(Merges("a b\r\nc d\r\ne f", MergesDialect::kGpt2), "c+d ");
  EXPECT_EQ(Merges("a b\r\n\nc d\r\ne f", MergesDialect::kQwen2), "a+b c+d e+f ");
  EXPECT_EQ(Merges("\na b\nc d\na b\n", MergesDialect::kGpt2), "a+b c+d ");
}

}  // namespace
}  // namespace llmembed::text
