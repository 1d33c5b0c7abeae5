#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "text/tokenizer.h"

namespace llmembed::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class VocabTxtTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = (std::filesystem::temp_directory_path() / "llmembed-text-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
    Write("vocab.txt",
          "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nHello\n##s\nh\u00e9\nhe\n\u4e2d\n");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& contents) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << contents;
  }

  std::vector<int32_t> Ids(std::string_view text) {
    const auto tokenizer = LoadTokenizer(folder_);
    if (!tokenizer.ok()) {
      ADD_FAILURE() << tokenizer.status().message();
      return {};
    }
    Encoding encoding;
    const Status status = (*tokenizer)->Encode(text, 0, &encoding);
    EXPECT_TRUE(status.ok()) << status.message();
    return encoding.ids;
  }

  void ExpectRefused(StatusCode code, const std::string& message) {
    const auto tokenizer = LoadTokenizer(folder_);
    ASSERT_FALSE(tokenizer.ok()) << message;
    EXPECT_EQ(tokenizer.status().code(), code) << tokenizer.status().message();
    EXPECT_THAT(tokenizer.status().message(), HasSubstr(message));
    EXPECT_THAT(tokenizer.status().message(), HasSubstr(folder_));
  }

  std::string folder_;
};

TEST_F(VocabTxtTest, IsUncasedBertByItself) {
  EXPECT_THAT(Ids("Hellos [MASK] H\u00e9 [mask]"), ElementsAre(2, 5, 7, 4, 9, 1, 1, 1, 3));
  EXPECT_THAT(Ids("he\u4e2dhe"), ElementsAre(2, 9, 10, 9, 3));
}

TEST_F(VocabTxtTest, FollowsTheConfiguration) {
  Write("tokenizer_config.json", R"({"do_lower_case": false, "tokenizer_class": "BertTokenizer"})");
  EXPECT_THAT(Ids("Hello H\u00e9 h\u00e9"), ElementsAre(2, 6, 1, 8, 3));
  Write("tokenizer_config.json", R"({"strip_accents": false, "tokenize_chinese_chars": false})");
  EXPECT_THAT(Ids("H\u00e9 he\u4e2d"), ElementsAre(2, 8, 1, 3));
  Write("tokenizer_config.json", R"({"do_lower_case": false, "strip_accents": true})");
  EXPECT_THAT(Ids("h\u00e9"), ElementsAre(2, 9, 3));
}

TEST_F(VocabTxtTest, ReadsSpecialTokens) {
  Write("tokenizer_config.json", R"({"cls_token": "hello", "mask_token": "[MASK]"})");
  Write("special_tokens_map.json",
        R"({"sep_token": {"content": "he", "lstrip": true}, "additional_special_tokens": ["hE"]})");
  EXPECT_THAT(Ids("[CLS] hE"), ElementsAre(5, 1, 1, 1, 11, 9));
  Write("special_tokens_map.json", R"({"sep_token": {"content": "he", "lstrip": true}})");
  EXPECT_THAT(Ids("[CLS] he"), ElementsAre(5, 1, 1, 1, 9, 9));
  // The list of added tokens in the configuration makes the other file void.
  Write("tokenizer_config.json",
        R"({"added_tokens_decoder": {"11": {"content": "new", "special": false}}})");
  EXPECT_THAT(Ids("NEW[SEP]"), ElementsAre(2, 11, 3, 3));
  Write("tokenizer_config.json", R"({"split_special_tokens": true})");
  Write("special_tokens_map.json", "{}");
  EXPECT_THAT(Ids("[SEP]"), ElementsAre(2, 1, 1, 1, 3));
}

TEST_F(VocabTxtTest, RefusesWhatItDoesNotDo) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"tokenizer_class": "BertJapaneseTokenizer"})", "BertJapaneseTokenizer"},
      {R"({"do_basic_tokenize": false})", "do_basic_tokenize"},
      {R"({"never_split": ["x"]})", "never_split"},
      {R"({"extra_special_tokens": ["x"]})", "extra_special_tokens"},
      {R"({"sep_token": "[NO]"})", "[NO]"},
      {R"({"mask_token": {"content": "[MASK]", "surprise": 1}})", "surprise"},
  };
  for (const auto& [config, message] : cases) {
    Write("tokenizer_config.json", config);
    ExpectRefused(StatusCode::kUnsupported, message);
  }
  Write("tokenizer_config.json", "{}");
  Write("added_tokens.json", "{}");
  ExpectRefused(StatusCode::kUnsupported, "added_tokens.json");
}

TEST_F(VocabTxtTest, RefusesDamage) {
  for (const char* config : {"[]", "{", R"({"do_lower_case": 1})", R"({"cls_token": 5})",
                             R"({"added_tokens_decoder": {"x": {"content": "y"}}})"}) {
    Write("tokenizer_config.json", config);
    ExpectRefused(StatusCode::kCorrupt, "");
  }
  std::filesystem::remove(folder_ + "/tokenizer_config.json");
  for (const char* vocabulary : {"", "[UNK]\n\n[CLS]\n", "[UNK]\na\na\n", "[UNK]\n\xff\n", "a\n"}) {
    Write("vocab.txt", vocabulary);
    ExpectRefused(StatusCode::kCorrupt, "vocab.txt");
  }
}

TEST_F(VocabTxtTest, LineEndsMayBeOfBothKindsAndTheLastOneMissing) {
  Write("vocab.txt", "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\nhello");
  EXPECT_THAT(Ids("hello"), ElementsAre(2, 5, 3));
}

TEST_F(VocabTxtTest, FilesThatDecideTheIds) {
  EXPECT_THAT(TokenizerFiles(folder_), ElementsAre(folder_ + "/vocab.txt"));
  Write("special_tokens_map.json", "{}");
  Write("tokenizer_config.json", "{}");
  EXPECT_THAT(TokenizerFiles(folder_),
              ElementsAre(folder_ + "/vocab.txt", folder_ + "/tokenizer_config.json",
                          folder_ + "/special_tokens_map.json"));
  Write("tokenizer.json", "{}");
  EXPECT_THAT(TokenizerFiles(folder_), ElementsAre(folder_ + "/tokenizer.json"));
  ExpectRefused(StatusCode::kCorrupt, "model");  // and the file is read, not passed over
  std::filesystem::remove_all(folder_);
  EXPECT_TRUE(TokenizerFiles(folder_).empty());
  ExpectRefused(StatusCode::kNotFound, "tokenizer.json or vocab.txt or vocab.json");
}

}  // namespace
}  // namespace llmembed::text
