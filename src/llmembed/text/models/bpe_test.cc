#include "text/models/bpe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace llmembed::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result<std::unique_ptr<Model>> Make(const std::vector<std::string>& pieces,
                                    const std::vector<BpeMerge>& merges,
                                    const BpeOptions& options = {}) {
  std::vector<VocabularyPiece> numbered;
  for (const std::string& piece : pieces) {
    numbered.push_back({piece, static_cast<int64_t>(numbered.size())});
  }
  return Bpe::Create(numbered, merges, options, "test");
}

std::unique_ptr<Model> MakeModel(const std::vector<std::string>& pieces,
                                 const std::vector<BpeMerge>& merges,
                                 const BpeOptions& options = {}) {
  auto model = Make(pieces, merges, options);
  EXPECT_TRUE(model.ok()) << model.status().message();
  return *std::move(model);
}

std::vector<int32_t> Ids(const Model& model, std::string_view word) {
  std::vector<int32_t> ids;
  model.Tokenize(word, &ids);
  std::vector<int32_t> again;  // as a rule from the cache
  model.Tokenize(word, &again);
  EXPECT_EQ(again, ids);
  return ids;
}

TEST(BpeTest, MergesByRankThenFromTheLeft) {
  const auto model = MakeModel({"a", "b", "c", "ab", "bc", "abc", "aa"},
                               {{"b", "c"}, {"a", "b"}, {"a", "bc"}, {"a", "a"}});
  EXPECT_THAT(Ids(*model, "abc"), ElementsAre(5));
  EXPECT_THAT(Ids(*model, "abb"), ElementsAre(3, 1));
  EXPECT_THAT(Ids(*model, "aaa"), ElementsAre(6, 0));
  EXPECT_THAT(Ids(*model, "aab"), ElementsAre(0, 3));
  EXPECT_THAT(Ids(*model, "a"), ElementsAre(0));
}

TEST(BpeTest, OfEqualMergesTheLastCounts) {
  const auto model = MakeModel({"a", "b", "c", "ab", "bc"}, {{"a", "b"}, {"b", "c"}, {"a", "b"}});
  EXPECT_THAT(Ids(*model, "abc"), ElementsAre(0, 4));
}

TEST(BpeTest, UnknownCharactersAreLeftOutOrTheUnknownToken) {
  const std::vector<std::string> pieces = {"<unk>", "a"};
  EXPECT_THAT(Ids(*MakeModel(pieces, {}), "xaxx"), ElementsAre(1));
  EXPECT_THAT(Ids(*MakeModel(pieces, {}), "x"), IsEmpty());
  BpeOptions options;
  options.unknown_token = "<unk>";
  EXPECT_THAT(Ids(*MakeModel(pieces, {}, options), "xaxx"), ElementsAre(0, 1, 0, 0));
  options.fuse_unknown = true;
  EXPECT_THAT(Ids(*MakeModel(pieces, {}, options), "xaxx"), ElementsAre(0, 1, 0));
}

TEST(BpeTest, FallsBackToBytesWhereAllOfThemArePieces) {
  BpeOptions options;
  options.unknown_token = "<unk>";
  options.byte_fallback = true;
  const auto model =
      MakeModel({"<unk>", "a", "<0xC3>", "<0xA9>", "a<0xC3>"}, {{"a", "<0xC3>"}}, options);
  EXPECT_THAT(Ids(*model, "\u00e9a"), ElementsAre(2, 3, 1));
  EXPECT_THAT(Ids(*model, "a\u00e9"), ElementsAre(4, 3));  // bytes merge like any other piece
  EXPECT_THAT(Ids(*model, "\u00e8"), ElementsAre(0));
  EXPECT_THAT(Ids(*model, "\u00e8\u00e9a"), ElementsAre(2, 3, 0, 1));  // as the reference has it
}

TEST(BpeTest, AWordThatIsAPieceMayIgnoreMerges) {
  BpeOptions options;
  const std::vector<std::string> pieces = {"a", "b", "ab", "abb"};
  EXPECT_THAT(Ids(*MakeModel(pieces, {{"a", "b"}}, options), "abb"), ElementsAre(2, 1));
  options.ignore_merges = true;
  EXPECT_THAT(Ids(*MakeModel(pieces, {{"a", "b"}}, options), "abb"), ElementsAre(3));
  EXPECT_THAT(Ids(*MakeModel(pieces, {{"a", "b"}}, options), "abba"), ElementsAre(2, 1, 0));
}

TEST(BpeTest, PrefixAndSuffix) {
  BpeOptions options;
  options.continuing_prefix = "##";
  options.word_suffix = "</w>";
  const auto model = MakeModel({"a", "##a", "##a</w>", "a</w>", "a##a", "aa</w>", "aa"},
                               {{"a", "##a</w>"}, {"a", "##a"}}, options);
  EXPECT_THAT(Ids(*model, "a"), ElementsAre(3));
  EXPECT_THAT(Ids(*model, "aa"), ElementsAre(5));
  EXPECT_THAT(Ids(*model, "aaa"), ElementsAre(6, 2));
}

TEST(BpeTest, IdsMayLeaveGaps) {
  const std::vector<VocabularyPiece> pieces = {{"a", 7}, {"b", 1'000'000}, {"ab", 3}};
  const auto model = Bpe::Create(pieces, {{"a", "b"}}, {}, "test");
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_THAT(Ids(**model, "abba"), ElementsAre(3, 1'000'000, 7));
  EXPECT_EQ((*model)->piece_count(), 3U);
  EXPECT_EQ((*model)->id_limit(), 1'000'001U);
}

TEST(BpeTest, RefusesWhatIsNotInTheVocabulary) {
  BpeOptions options;
  options.unknown_token = "<unk>";
  const std::vector<std::pair<Result<std::unique_ptr<Model>>, std::string>> refused = [&] {
    std::vector<std::pair<Result<std::unique_ptr<Model>>, std::string>> results;
    results.emplace_back(Make({"a", "b"}, {{"a", "b"}}), "\"ab\" is not");
    results.emplace_back(Make({"a", "ab"}, {{"a", "b"}}), "\"b\" is not");
    results.emplace_back(Make({"a"}, {{"", "a"}}), "\"\" is not");
    results.emplace_back(Make({"a"}, {}, options), "\"<unk>\" is not");
    results.emplace_back(Make({}, {}), "0 pieces");
    options = {};
    options.continuing_prefix = "##";
    results.emplace_back(Make({"a"}, {{"a", "a"}}, options), "lacks the prefix");
    return results;
  }();
  for (const auto& [model, message] : refused) {
    ASSERT_FALSE(model.ok()) << message;
    EXPECT_EQ(model.status().code(), StatusCode::kCorrupt) << message;
    EXPECT_THAT(model.status().message(), HasSubstr(message));
    EXPECT_THAT(model.status().message(), HasSubstr("test"));
  }
}

// A long word is cut where no merge joins; it must not show.
TEST(BpeTest, LongWordsMergeAsWholes) {
  const auto model = MakeModel({"_", "a", "b", "c", "_a", "_ab", "bc", "_abc", "cb"},
                               {{"_", "a"}, {"_a", "b"}, {"b", "c"}, {"_a", "bc"}, {"c", "b"}});
  std::string word;
  std::vector<int32_t> expected;
  for (int i = 0; i < 100; ++i) {
    word += "_abc_ab?c";
    expected.insert(expected.end(), {5, 3, 5, 3});
  }
  EXPECT_EQ(Ids(*model, word), expected);
}

TEST(BpeTest, HostileWordsTakeNearlyLinearTime) {
  std::vector<std::string> pieces = {"a", "b"};
  std::vector<BpeMerge> merges;
  for (size_t length = 2; length <= 1024; length *= 2) pieces.emplace_back(length, 'a');
  for (size_t i = 1; i + 1 < pieces.size(); ++i) {
    const std::string& half = pieces[i == 1 ? 0 : i];
    merges.push_back({half, half});
  }
  const auto model = MakeModel(pieces, merges);
  std::vector<int32_t> ids;
  model->Tokenize(std::string(4 << 20, 'a'), &ids);
  EXPECT_EQ(ids.size(), (4U << 20U) / 1024);
  ids.clear();
  model->Tokenize(std::string(4 << 20, 'b'), &ids);
  EXPECT_EQ(ids.size(), 4U << 20U);
}

TEST(BpeTest, ManyThreadsMayTokenizeAtOnce) {
  const auto model = MakeModel({"a", "b", "c", "ab", "bc"}, {{"b", "c"}, {"a", "b"}});
  std::vector<int> failures(4, 0);
  std::vector<std::thread> threads;
  for (int& failed : failures) {
    threads.emplace_back([&model, &failed] {
      for (int i = 0; i < 500; ++i) {
        std::vector<int32_t> ids;
        model->Tokenize(std::string(static_cast<size_t>(i % 20), 'a') + "bc", &ids);
        failed += ids.empty() || ids.back() != 4;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(failures, ElementsAre(0, 0, 0, 0));
}

}  // namespace
}  // namespace llmembed::text
