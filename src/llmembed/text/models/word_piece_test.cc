#include "text/models/word_piece.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace llmembed::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::unique_ptr<Model> MakeModel(const std::vector<std::string>& pieces,
                                 const WordPieceOptions& options = {}) {
  std::vector<VocabularyPiece> numbered;
  for (const std::string& piece : pieces) {
    numbered.push_back({piece, static_cast<int64_t>(numbered.size())});
  }
  auto vocabulary = Vocabulary::Create(numbered, "test");
  EXPECT_TRUE(vocabulary.ok()) << vocabulary.status().message();
  auto model = WordPiece::Create(*std::move(vocabulary), options);
  EXPECT_TRUE(model.ok()) << model.status().message();
  return *std::move(model);
}

std::vector<int32_t> Ids(const Model& model, std::string_view word) {
  std::vector<int32_t> ids;
  model.Tokenize(word, &ids);
  return ids;
}

TEST(WordPieceTest, TakesTheLongestPieces) {
  const auto model = MakeModel({"[UNK]", "un", "unaff", "##aff", "##able", "##a", "a"});
  EXPECT_THAT(Ids(*model, "unaffable"), ElementsAre(2, 4));
  EXPECT_THAT(Ids(*model, "una"), ElementsAre(1, 5));
  EXPECT_THAT(Ids(*model, "a"), ElementsAre(6));
  EXPECT_THAT(Ids(*model, "aa"), ElementsAre(6, 5));
}

TEST(WordPieceTest, AWordThatCannotBeCutIsUnknownAsAWhole) {
  const auto model = MakeModel({"[UNK]", "un", "##a"});
  std::vector<int32_t> ids = {2};
  model->Tokenize("unab", &ids);
  EXPECT_THAT(ids, ElementsAre(2, 0));
  EXPECT_THAT(Ids(*model, "a"), ElementsAre(0));
  EXPECT_THAT(Ids(*MakeModel({"[UNK]", "un"}), "una"), ElementsAre(0));
}

TEST(WordPieceTest, CountsCharactersNotBytes) {
  WordPieceOptions options;
  options.max_characters_per_word = 3;
  const auto model = MakeModel({"[UNK]", "é", "##é"}, options);
  EXPECT_THAT(Ids(*model, "ééé"), ElementsAre(1, 2, 2));
  EXPECT_THAT(Ids(*model, "éééé"), ElementsAre(0));
}

TEST(WordPieceTest, AnotherPrefixOrNone) {
  WordPieceOptions options;
  options.continuing_prefix = "";
  EXPECT_THAT(Ids(*MakeModel({"[UNK]", "a", "b"}, options), "abba"), ElementsAre(1, 2, 2, 1));
  options.continuing_prefix = "@";
  EXPECT_THAT(Ids(*MakeModel({"[UNK]", "a", "@b"}, options), "ab"), ElementsAre(1, 2));
}

TEST(WordPieceTest, NeedsTheUnknownToken) {
  auto vocabulary = Vocabulary::Create({{"a", 0}}, "test");
  ASSERT_TRUE(vocabulary.ok());
  const auto model = WordPiece::Create(*std::move(vocabulary), {});
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.status().code(), StatusCode::kCorrupt);
  EXPECT_THAT(model.status().message(), HasSubstr("[UNK]"));
}

TEST(VocabularyTest, RefusesWhatIsNotOneToOne) {
  const std::string long_piece(Vocabulary::kMaxPieceBytes + 1, 'a');
  const std::vector<std::pair<std::vector<VocabularyPiece>, std::string>> cases = {
      {{}, "0 pieces"},
      {{{"a", 0}, {"b", 0}}, "two pieces"},
      {{{"a", 0}, {"a", 1}}, "stands twice"},
      {{{"a", 0}, {"b", 1 << 24}}, "has the id 16777216"},
      {{{"a", -1}}, "has the id -1"},
      {{{"", 0}}, "an empty piece"},
      {{{long_piece, 0}}, "1025 bytes"},
  };
  for (const auto& [pieces, message] : cases) {
    const auto vocabulary = Vocabulary::Create(pieces, "test");
    ASSERT_FALSE(vocabulary.ok()) << message;
    EXPECT_EQ(vocabulary.status().code(), StatusCode::kCorrupt);
    EXPECT_THAT(vocabulary.status().message(), HasSubstr("test: "));
    EXPECT_THAT(vocabulary.status().message(), HasSubstr(message));
  }
}

TEST(VocabularyTest, KnowsItsPieces) {
  const auto vocabulary = Vocabulary::Create({{"b", 4}, {"ab", 0}}, "test");
  ASSERT_TRUE(vocabulary.ok());
  EXPECT_EQ(vocabulary->piece_count(), 2U);
  EXPECT_EQ(vocabulary->id_limit(), 5U);
  EXPECT_EQ(vocabulary->IdOf("ab"), 0);
  EXPECT_EQ(vocabulary->IdOf("b"), 4);
  EXPECT_EQ(vocabulary->IdOf("a"), std::nullopt);
  EXPECT_EQ(vocabulary->IdOf(""), std::nullopt);
}

}  // namespace
}  // namespace llmembed::text
