#include "text/models/unigram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "text/models/byte_pieces.h"

namespace llmembed::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::unique_ptr<Model> Make(const std::vector<ScoredPiece>& pieces, bool byte_fallback = false) {
  auto model = Unigram::Create(pieces, {0, byte_fallback}, "model");
  EXPECT_TRUE(model.ok()) << model.status().message();
  return model.ok() ? *std::move(model) : nullptr;
}

std::vector<int32_t> Ids(const Model& model, std::string_view word) {
  std::vector<int32_t> ids = {-7};
  model.Tokenize(word, &ids);
  EXPECT_EQ(ids.front(), -7);
  ids.erase(ids.begin());
  return ids;
}

TEST(UnigramTest, TakesTheGreatestSumOfScores) {
  const auto model = Make({{"<unk>", 0},
                           {"ab", 0},
                           {"cd", -0.1},
                           {"abc", -0.2},
                           {"a", -0.3},
                           {"b", -0.4},
                           {"c", -0.5}});
  EXPECT_THAT(Ids(*model, "abcd"), ElementsAre(1, 2));
  EXPECT_THAT(Ids(*model, "abcc"), ElementsAre(3, 6));
  EXPECT_THAT(Ids(*model, "cba"), ElementsAre(6, 5, 4));
}

TEST(UnigramTest, OfEqualSumsTheOneFoundFirstCounts) {
  const auto model = Make({{"<unk>", 0}, {"a", -1}, {"aa", -2}, {"aaa", -3}});
  EXPECT_THAT(Ids(*model, "aaa"), ElementsAre(3));
  EXPECT_THAT(Ids(*model, "aaaa"), ElementsAre(1, 3));
}

TEST(UnigramTest, RunsOfUnknownCharactersAreOneToken) {
  const auto model = Make({{"<unk>", 0}, {"a", -1}, {"\u00e9", -1}});
  EXPECT_THAT(Ids(*model, "xyz"), ElementsAre(0));
  EXPECT_THAT(Ids(*model, "xay\u4e2d\u00e9z"), ElementsAre(0, 1, 0, 2, 0));
  EXPECT_THAT(Ids(*model, "a<unk>x<unk>a"), ElementsAre(1, 0, 1));  // the piece is unknown as well
}

TEST(UnigramTest, MayFallBackOnBytes) {
  std::vector<std::string> names;
  for (unsigned byte = 0; byte < 256; ++byte) names.push_back(BytePiece(byte));
  std::vector<ScoredPiece> pieces = {{"<unk>", 0}, {"a", -1}};
  for (const std::string& name : names) pieces.push_back({name, 0});
  EXPECT_THAT(Ids(*Make(pieces, true), "a\u00e9xa"),
              ElementsAre(1, 2 + 0xC3, 2 + 0xA9, 2 + 'x', 1));
  EXPECT_THAT(Ids(*Make(pieces, false), "a\u00e9xa"), ElementsAre(1, 0, 1));
  pieces.pop_back();
  EXPECT_THAT(Ids(*Make(pieces, true), "a\u00e9xa"),
              ElementsAre(1, 2 + 0xC3, 2 + 0xA9, 2 + 'x', 1));
  pieces.resize(2 + 0xC3);  // one of the bytes has no piece: none is used
  EXPECT_THAT(Ids(*Make(pieces, true), "a\u00e9xa"), ElementsAre(1, 0, 1));
}

TEST(UnigramTest, LongWordsTakeLinearTime) {
  const std::string long_piece(1024, 'a');
  const auto model = Make({{"<unk>", 0}, {"a", -1}, {long_piece, -1}});
  EXPECT_EQ(Ids(*model, std::string(1'000 * 1024, 'a')).size(), 1'000U);
  EXPECT_EQ(Ids(*model, std::string(1'000'000, 'b')).size(), 1U);
}

TEST(UnigramTest, RefusesDamage) {
  const auto expect_refused = [](const std::vector<ScoredPiece>& pieces, uint32_t unknown_id,
                                 const std::string& message) {
    const auto model = Unigram::Create(pieces, {unknown_id, false}, "model");
    ASSERT_FALSE(model.ok()) << message;
    EXPECT_EQ(model.status().code(), StatusCode::kCorrupt);
    EXPECT_THAT(model.status().message(), HasSubstr(message));
    EXPECT_THAT(model.status().message(), HasSubstr("model"));
  };
  expect_refused({}, 0, "0 pieces");
  expect_refused({{"a", 0}}, 1, "unknown token");
  expect_refused({{"a", std::numeric_limits<double>::infinity()}}, 0, "finite");
  expect_refused({{"a", std::numeric_limits<double>::quiet_NaN()}}, 0, "finite");
  expect_refused({{"a", 0}, {"a", 1}}, 0, "stands twice");
  expect_refused({{"a", 0}, {"", 1}}, 0, "empty piece");
}

Status StatusOf(const std::string& json) {
  const auto value = base::ParseJson(json, "FILE");
  EXPECT_TRUE(value.ok()) << value.status().message();
  auto fields = JsonFields::Of(*value, "FILE: model");
  EXPECT_TRUE(fields.ok());
  EXPECT_TRUE(fields->String("type").ok());
  return Unigram::FromJson(*fields).status();
}

TEST(UnigramTest, ReadsJson) {
  EXPECT_TRUE(StatusOf(R"({"type":"Unigram","unk_id":0,"vocab":[["a",0],["b",-1.5]]})").ok());
  EXPECT_EQ(StatusOf(R"({"type":"Unigram","unk_id":null,"vocab":[["a",0]]})").code(),
            StatusCode::kUnsupported);
  EXPECT_EQ(StatusOf(R"({"type":"Unigram","unk_id":0,"vocab":[["a",0]],"odd":1})").code(),
            StatusCode::kUnsupported);
  for (const char* vocab : {"{}", "[[]]", "[[\"a\"]]", "[[1,1]]", "[[\"a\",\"b\"]]", "[1]"}) {
    const std::string json = std::string(R"({"type":"Unigram","unk_id":0,"vocab":)") + vocab + "}";
    EXPECT_EQ(StatusOf(json).code(), StatusCode::kCorrupt) << vocab;
  }
  EXPECT_EQ(StatusOf(R"({"type":"Unigram","unk_id":4294967296,"vocab":[["a",0]]})").code(),
            StatusCode::kCorrupt);
}

}  // namespace
}  // namespace llmembed::text
