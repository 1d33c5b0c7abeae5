#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

#include "base/json.h"
#include "support/protobuf_builder.h"
#include "support/temporary_folder.h"
#include "text/loading/sentence_piece_model.h"
#include "text/tokenizer.h"

namespace llmembed::text {
namespace {

using test::ProtobufBuilder;
using testing::ElementsAre;
using testing::HasSubstr;

// The fields' numbers in the format.
constexpr uint32_t kPieces = 1, kTraining = 2, kNormalization = 3;
constexpr uint32_t kText = 1, kScore = 2, kType = 3;
constexpr uint64_t kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kByte = 6;
constexpr uint32_t kAlgorithm = 3, kSpaceIsSuffix = 24;
constexpr uint64_t kBpe = 2, kWord = 3;
constexpr uint32_t kCharacterMap = 2, kAddsPrefix = 3, kRemovesSpaces = 4, kEscapesSpaces = 5;

std::string Piece(std::string_view text, float score, uint64_t type = kNormal) {
  return ProtobufBuilder().Bytes(kText, text).Float(kScore, score).Varint(kType, type).bytes();
}

// <unk> <s> </s> _ a b ab _ab (4 to 7 after the meta pieces), then `more`.
std::string Model(const std::vector<std::string>& more = {}, const std::string& training = "",
                  const std::string& normalization = "") {
  std::vector<std::string> pieces = {Piece("<unk>", 0, kUnknown),
                                     Piece("<s>", 0, kControl),
                                     Piece("</s>", 0, kControl),
                                     Piece("\u2581", -1),
                                     Piece("a", -2),
                                     Piece("b", -3),
                                     Piece("ab", -4),
                                     Piece("\u2581ab", -5)};
  pieces.insert(pieces.end(), more.begin(), more.end());
  ProtobufBuilder model;
  for (const std::string& piece : pieces) model.Bytes(kPieces, piece);
  model.Bytes(kTraining, ProtobufBuilder().Varint(kAlgorithm, kBpe).bytes() + training);
  model.Bytes(kNormalization, ProtobufBuilder().Varint(kRemovesSpaces, 0).bytes() + normalization);
  return model.bytes();
}

class TokenizerModelTest : public testing::Test {
 protected:
  TokenizerModelTest() {
    folder_.Write("config.json", R"({"model_type": "llama"})");
    folder_.Write("tokenizer.model", Model());
  }

  std::vector<int32_t> Ids(std::string_view text) {
    const auto tokenizer = LoadTokenizer(folder_.path());
    EXPECT_TRUE(tokenizer.ok()) << tokenizer.status().message();
    Encoding encoding;
    if (!tokenizer.ok() || !(*tokenizer)->Encode(text, 0, &encoding).ok()) return {};
    return encoding.ids;
  }

  void ExpectRefused(StatusCode code, const std::string& message) {
    const auto tokenizer = LoadTokenizer(folder_.path());
    ASSERT_FALSE(tokenizer.ok()) << message;
    EXPECT_EQ(tokenizer.status().code(), code) << tokenizer.status().message();
    EXPECT_THAT(tokenizer.status().message(), HasSubstr(message));
    EXPECT_THAT(tokenizer.status().message(), HasSubstr(folder_.path()));
  }

  test::TemporaryFolder folder_;
};

TEST_F(TokenizerModelTest, AModelAndItsConfigAreEnoughForLlama) {
  EXPECT_THAT(Ids("ab  ab"), ElementsAre(1, 7, 3, 7));
  EXPECT_THAT(Ids("ba</s>a"), ElementsAre(1, 3, 5, 4, 2, 3, 4));
  EXPECT_THAT(Ids("xx"), ElementsAre(1, 3, 0));
  EXPECT_THAT(Ids(""), ElementsAre(1));
}

TEST_F(TokenizerModelTest, FollowsTheConfiguration) {
  folder_.Write("tokenizer_config.json", R"({"tokenizer_class": "LlamaTokenizer", "legacy": false,
                                             "add_bos_token": false, "add_eos_token": true})");
  EXPECT_THAT(Ids("ba</s>a"), ElementsAre(3, 5, 4, 2, 4, 2));
  folder_.Write("tokenizer_config.json", R"({"tokenizer_class": "LlamaTokenizerFast",
                                             "legacy": false, "add_prefix_space": false})");
  EXPECT_THAT(Ids("ab ab"), ElementsAre(1, 6, 7));
  folder_.Write("tokenizer_config.json", R"({"bos_token": "ab", "pad_token": "new"})");
  EXPECT_THAT(Ids("b newab"), ElementsAre(6, 3, 5, 3, 8, 6));
}

TEST_F(TokenizerModelTest, PiecesMayBeBytesOrUserDefined) {
  std::vector<std::string> more = {Piece("a b", 0, kUserDefined)};
  for (unsigned byte = 0; byte < 256; ++byte) {
    char name[8];
    std::snprintf(name, sizeof(name), "<0x%02X>", byte);
    more.push_back(Piece(name, 0, kByte));
  }
  folder_.Write("tokenizer.model", Model(more));
  EXPECT_THAT(Ids("a\u00e9"), ElementsAre(1, 3, 4, 9 + 0xC3, 9 + 0xA9));
  EXPECT_THAT(Ids("ba b"), ElementsAre(1, 3, 5, 8));
}

TEST_F(TokenizerModelTest, XlmRobertaCountsFromItsOwnSpecialTokens) {
  std::filesystem::remove(folder_ / "tokenizer.model");
  ProtobufBuilder model;
  for (const std::string& piece :
       {Piece("<unk>", 0, kUnknown), Piece("<s>", 0, kControl), Piece("</s>", 0, kControl),
        Piece("\u2581", -1), Piece("a", -2), Piece("\u2581a", -2)}) {
    model.Bytes(kPieces, piece);
  }
  folder_.Write("sentencepiece.bpe.model", model.bytes());
  folder_.Write("config.json", R"({"model_type": "xlm-roberta"})");
  EXPECT_THAT(Ids("aa  <mask>x "), ElementsAre(0, 6, 5, 7, 4, 3, 2));
}

TEST_F(TokenizerModelTest, RefusesWhatItDoesNotDo) {
  const auto expect_refused = [this](const std::string& model, const std::string& message) {
    folder_.Write("tokenizer.model", model);
    ExpectRefused(StatusCode::kUnsupported, message);
  };
  expect_refused(Model({}, ProtobufBuilder().Varint(kAlgorithm, kWord).bytes()), "BPE");
  expect_refused(Model({}, ProtobufBuilder().Varint(kSpaceIsSuffix, 1).bytes()), "spaces");
  expect_refused(Model({}, "", ProtobufBuilder().Varint(kEscapesSpaces, 0).bytes()), "spaces");
  expect_refused(Model({}, "", ProtobufBuilder().Varint(kRemovesSpaces, 1).bytes()), "normalises");
  expect_refused(Model({}, "", ProtobufBuilder().Varint(kAddsPrefix, 0).bytes()), "normalises");
  expect_refused(Model({}, "", ProtobufBuilder().Bytes(kCharacterMap, "x").bytes()), "normalises");
  folder_.Write("tokenizer.model", Model());
  for (const auto& [config, message] : std::vector<std::pair<std::string, std::string>>{
           {R"({"tokenizer_class": "T5Tokenizer"})", "T5Tokenizer"},
           {R"({"sp_model_kwargs": {"alpha": 0.1}})", "sp_model_kwargs"},
           {R"({"added_tokens_decoder": {"1": {"content": "<bos>"}}})", "the piece 1"},
           {R"({"bos_token": "<none>"})", "<none>"}}) {
    folder_.Write("tokenizer_config.json", config);
    ExpectRefused(StatusCode::kUnsupported, message);
  }
  folder_.Write("tokenizer_config.json", "{}");
  folder_.Write("config.json", R"({"model_type": "t5"})");
  ExpectRefused(StatusCode::kUnsupported, "t5");
  folder_.Write("config.json", R"({"model_type": "xlm-roberta"})");
  ExpectRefused(StatusCode::kUnsupported, "Unigram");
}

TEST_F(TokenizerModelTest, RefusesDamage) {
  const auto expect_refused = [this](const std::string& model, const std::string& message) {
    folder_.Write("tokenizer.model", model);
    ExpectRefused(StatusCode::kCorrupt, message);
  };
  const float infinity = std::numeric_limits<float>::infinity();
  expect_refused("", "0 pieces");
  expect_refused("not a model", "not a SentencePiece model");
  expect_refused(ProtobufBuilder().Varint(kPieces, 1).bytes(), "not a SentencePiece model");
  expect_refused(Model({Piece("\xff", 0)}), "the piece 8");
  expect_refused(Model({Piece("c", infinity)}), "the piece 8");
  expect_refused(Model({Piece("c", 0, 0)}), "the piece 8");
  expect_refused(Model({Piece("c", 0, 7)}), "the piece 8");
  expect_refused(Model({ProtobufBuilder().Varint(kText, 1).bytes()}), "the piece 8");
  expect_refused(Model({Piece("a", 0)}), "stands twice");
  expect_refused(Model({Piece("", 0)}), "empty");
  expect_refused(Model({Piece(std::string(1025, 'c'), 0)}), "1025 bytes");
  expect_refused(Model({}, ProtobufBuilder().Varint(kAlgorithm, 9).bytes()), "not a Sentence");
  expect_refused(Model({}, ProtobufBuilder().Bytes(45, "[UNK]").bytes()), "[UNK]");
  folder_.Write("tokenizer.model", std::string((32U << 20U) + 1, 'x'));
  EXPECT_EQ(LoadTokenizer(folder_.path()).status().code(), StatusCode::kBadData);
  folder_.Write("tokenizer.model", Model());
  std::filesystem::remove(folder_ / "config.json");
  ExpectRefused(StatusCode::kNotFound, "config.json");
}

TEST_F(TokenizerModelTest, FilesThatDecideTheIds) {
  EXPECT_THAT(TokenizerFiles(folder_.path()),
              ElementsAre(folder_ / "tokenizer.model", folder_ / "config.json"));
}

constexpr const char* kShared = LLMEMBED_SOURCE_DIR "/../shared/models/";

// A real folder of two files, as small Llama models come.
TEST(SharedTokenizerModelTest, ReadsStories260K) {
  const std::string folder = std::string(kShared) + "stories260K/hf";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "skipped: no " << folder;
  const auto tokenizer = LoadTokenizer(folder);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  Encoding encoding;
  ASSERT_TRUE((*tokenizer)->Encode("hello world", 0, &encoding).ok());
  EXPECT_THAT(encoding.ids, ElementsAre(1, 281, 306, 414, 263, 304, 341));
}

// What spm_encode of SentencePiece 0.1.97 gives (ids without the beginning), from both files.
TEST(SharedTokenizerModelTest, Llama2sFixturesHoldFromBothFiles) {
  const std::string shared = std::string(kShared) + "llama2-tokenizer";
  std::ifstream fixtures(shared + "/fixtures_sentencepiece_0.1.97.tsv");
  if (!fixtures) GTEST_SKIP() << "skipped: no " << shared;
  const test::TemporaryFolder alone;
  std::filesystem::copy_file(shared + "/tokenizer.model", alone / "tokenizer.model");
  std::filesystem::copy_file(shared + "/tokenizer_config.json", alone / "tokenizer_config.json");
  const auto from_json = LoadTokenizer(shared);
  ASSERT_TRUE(from_json.ok()) << from_json.status().message();
  const auto from_model = LoadTokenizer(alone.path());
  ASSERT_TRUE(from_model.ok()) << from_model.status().message();
  int compared = 0;
  for (std::string line; std::getline(fixtures, line); ++compared) {
    const size_t tab = line.find('\t');
    std::istringstream numbers(line.substr(0, tab));
    std::vector<int32_t> expected = {1};
    for (int32_t id = 0; numbers >> id;) expected.push_back(id);
    for (const auto& tokenizer : {&*from_json, &*from_model}) {
      Encoding encoding;
      ASSERT_TRUE((*tokenizer)->Encode(line.substr(tab + 1), 0, &encoding).ok());
      EXPECT_EQ(encoding.ids, expected) << line;
    }
  }
  EXPECT_EQ(compared, 500);
}

// A file cut short anywhere, or with any one byte changed, is refused or read; it never crashes.
TEST(SentencePieceModelBytesTest, SurvivesDamagedFiles) {
  std::ifstream file(LLMEMBED_SOURCE_DIR "/src/llmembed/text/testdata/sentencepiece/bpe.model",
                     std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  ASSERT_GT(whole.size(), 1000U);
  ASSERT_TRUE(ParseSentencePieceModel(whole, "whole").ok());
  for (size_t i = 0; i < whole.size(); ++i) {
    (void)ParseSentencePieceModel(whole.substr(0, i), "cut").ok();
    for (const char byte : {'\x00', '\x7f', '\x80', '\xff'}) {
      std::string changed = whole;
      changed[i] = byte;
      (void)ParseSentencePieceModel(changed, "changed").ok();
    }
  }
}

}  // namespace
}  // namespace llmembed::text
