// Our reading of SentencePiece's models against libsentencepiece itself, which defines the format.
#include <gtest/gtest.h>
#include <sentencepiece_processor.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "support/temporary_folder.h"
#include "text/tokenizer.h"

namespace llmembed::text {
namespace {

constexpr const char* kSharedModel =
    LLMEMBED_SOURCE_DIR "/../shared/models/llama2-tokenizer/tokenizer.model";

// A model as the library reads it and as we do, in a folder with nothing but the class named.
class Oracle {
 public:
  Oracle(const std::string& model, const char* name, const std::string& tokenizer_class) {
    EXPECT_TRUE(library_.Load(model).ok());
    std::filesystem::copy_file(model, folder_ / name);
    folder_.Write("tokenizer_config.json", R"({"tokenizer_class": ")" + tokenizer_class + "\"}");
    auto tokenizer = LoadTokenizer(folder_.path());
    EXPECT_TRUE(tokenizer.ok()) << tokenizer.status().message();
    if (tokenizer.ok()) tokenizer_ = *std::move(tokenizer);
  }

  std::vector<int> ByLibrary(const std::string& text) const {
    std::vector<int> ids;
    EXPECT_TRUE(library_.Encode(text, &ids).ok());
    return ids;
  }

  std::vector<int32_t> ByUs(const std::string& text) const {
    Encoding encoding;
    EXPECT_TRUE(tokenizer_ != nullptr && tokenizer_->Encode(text, 0, &encoding).ok());
    return encoding.ids;
  }

  // Some pieces in a row, as text.
  std::string RandomText(base::Random* random) const {
    std::string text;
    const auto count = static_cast<uint32_t>(library_.GetPieceSize());
    for (uint32_t left = 1 + random->Below(12); left > 0;) {
      const auto id = static_cast<int>(random->Below(count));
      if (library_.IsControl(id) || library_.IsUnknown(id)) continue;
      text += library_.IdToPiece(id);
      --left;
    }
    const std::string visible_space = "\u2581";
    for (size_t at = 0; (at = text.find(visible_space, at)) != std::string::npos;) {
      text.replace(at, visible_space.size(), " ");
    }
    return text;
  }

 private:
  sentencepiece::SentencePieceProcessor library_;
  test::TemporaryFolder folder_;
  std::unique_ptr<Tokenizer> tokenizer_;
};

void ExpectSameIds(const Oracle& oracle, int texts) {
  base::Random random(1);
  for (int i = 0; i < texts; ++i) {
    const std::string text = oracle.RandomText(&random);
    std::vector<int> expected = oracle.ByLibrary(text);
    expected.insert(expected.begin(), 1);
    ASSERT_EQ(oracle.ByUs(text), expected) << "\"" << text << "\"";
  }
}

TEST(SentencePieceOracleTest, BpeOfASmallModel) {
  const Oracle oracle(LLMEMBED_SOURCE_DIR "/src/llmembed/text/testdata/sentencepiece/bpe.model",
                      "tokenizer.model", "LlamaTokenizer");
  ExpectSameIds(oracle, 3000);
}

TEST(SentencePieceOracleTest, BpeOfLlama2) {
  if (!std::filesystem::exists(kSharedModel)) GTEST_SKIP() << "skipped: no " << kSharedModel;
  ExpectSameIds({kSharedModel, "tokenizer.model", "LlamaTokenizer"}, 3000);
}

// The library's ids count from 0 with <unk>; XLM-RoBERTa's have one more piece before the fourth.
TEST(SentencePieceOracleTest, UnigramOfASmallModel) {
  const Oracle oracle(LLMEMBED_SOURCE_DIR "/src/llmembed/text/testdata/sentencepiece/unigram.model",
                      "sentencepiece.bpe.model", "XLMRobertaTokenizer");
  for (const char* text :
       {"the quick brown fox", "tokenization of untokenized embeddings", "haha hahahahaha aaaaa",
        "caf\u00e9 na\u00efve stra\u00dfe", "2024 12 3.14", "\u65e5\u672c\u8a9e \u4e2d\u6587"}) {
    std::vector<int> expected = oracle.ByLibrary(text);
    for (int& id : expected) id = id == 0 ? 3 : id + 1;
    expected.insert(expected.begin(), 0);
    expected.push_back(2);
    EXPECT_EQ(oracle.ByUs(text), expected) << text;
  }
}

}  // namespace
}  // namespace llmembed::text
