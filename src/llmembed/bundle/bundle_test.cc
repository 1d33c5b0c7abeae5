#include "bundle/bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "support/temporary_folder.h"

namespace llmembed::bundle {
namespace {

using base::Json;
using testing::HasSubstr;
namespace fs = std::filesystem;

Bundle MakeBundle() {
  Bundle bundle;
  bundle.recipe.name = "test";
  bundle.recipe.backbones = {{.name = "tiny", .model = "some/folder"}};
  bundle.recipe.fusion = "tiny/-1:mean";
  bundle.backbones = {
      {"tiny", "bf16", std::string(64, 'a'), std::string(64, 'b'), std::string(64, 'c')}};
  bundle.labels = {"no", "yes", "na\u00efve \"label\"\n"};
  bundle.head.layers = {{2, 3, {1, 2, 3, 4, 5, 6}, {0.5F, -0.25F, 0.125F}}};
  bundle.head_description = "logistic regression";
  bundle.data_sha256 = std::string(64, 'd');
  bundle.training_rows = 12;
  bundle.seed = 7;
  bundle.library_version = "0.1.0";
  bundle.metrics = {{"accuracy", 0.75}};
  return bundle;
}

class BundleTest : public testing::Test {
 protected:
  std::string Write(const Bundle& bundle = MakeBundle()) {
    const auto hash = WriteBundle(bundle, path_, "{}\n");
    EXPECT_TRUE(hash.ok()) << hash.status().message();
    return hash.ok() ? *hash : "";
  }
  size_t EntriesBeside() const {
    const fs::directory_iterator entries(folder_.path());
    return static_cast<size_t>(std::distance(begin(entries), end(entries)));
  }
  void EditJson(const std::function<void(Json*)>& edit) {
    Json json = *base::ReadJsonFile(path_ + "/bundle.json");
    edit(&json);
    test::WriteTestFile(path_ + "/bundle.json", json.dump());
  }

  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "a.bundle";
};

TEST_F(BundleTest, ReadsWhatWasWritten) {
  Write();
  const auto read = ReadBundle(path_);
  ASSERT_TRUE(read.ok()) << read.status().message();
  const Bundle made = MakeBundle();
  EXPECT_EQ(read->labels, made.labels);
  EXPECT_EQ(recipe::CanonicalJson(read->recipe), recipe::CanonicalJson(made.recipe));
  EXPECT_EQ(read->backbones.front().weights, made.backbones.front().weights);
  EXPECT_EQ(read->head.layers.front().weight, made.head.layers.front().weight);
  EXPECT_EQ(read->head.layers.front().bias, made.head.layers.front().bias);
  EXPECT_EQ(read->training_rows, 12U);
  EXPECT_EQ(read->seed, 7U);
  EXPECT_EQ(read->metrics, made.metrics);
  EXPECT_EQ(EntriesBeside(), 1U) << "something temporary was left";
}

// A model of few words that knows the bundle's three labels.
std::shared_ptr<const lexical::LexicalModel> MakeWords(uint32_t classes) {
  const std::vector<std::string_view> texts = {"bad film",  "good film", "bad play",
                                               "good play", "a film",    "a play"};
  std::vector<uint32_t> labels, rows;
  for (uint32_t i = 0; i < texts.size(); ++i) {
    rows.push_back(i);
    labels.push_back(i % classes);
  }
  auto model = lexical::LexicalModel::Train(
      {.texts = texts, .labels = labels, .classes = classes, .rows = rows}, {}, {});
  EXPECT_TRUE(model.ok()) << model.status().message();
  return std::make_shared<const lexical::LexicalModel>(*std::move(model));
}

TEST_F(BundleTest, TheModelOfWordsIsPartOfIt) {
  Bundle made = MakeBundle();
  made.recipe.fusion = "cat(tiny/-1:mean, lexical)";
  made.lexical = MakeWords(3);
  Write(made);
  const auto read = ReadBundle(path_);
  ASSERT_TRUE(read.ok()) << read.status().message();
  ASSERT_NE(read->lexical, nullptr);
  const std::vector<std::string_view> texts = {"a good film", "unknown"};
  EXPECT_EQ(*read->lexical->Logits(texts, {}), *made.lexical->Logits(texts, {}));

  made.lexical = MakeWords(2);
  Write(made);
  EXPECT_THAT(ReadBundle(path_).status().message(),
              HasSubstr("the tap lexical has 2 outputs for 3 labels"));
  made.lexical = nullptr;
  Write(made);
  EXPECT_EQ(ReadBundle(path_).status().code(), StatusCode::kCorrupt);
  made = MakeBundle();
  made.lexical = MakeWords(3);
  Write(made);
  EXPECT_EQ(ReadBundle(path_).status().code(), StatusCode::kCorrupt);
}

TEST_F(BundleTest, SameBundleSameBytesAndRunJsonIsOutsideTheHash) {
  const std::string hash = Write();
  const auto again = WriteBundle(MakeBundle(), folder_ / "b.bundle", "{\"date\": 1}\n");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(hash, *again);
  EXPECT_EQ(*BundleHash(path_), hash);
  for (const char* name : {"/bundle.json", "/head.safetensors"}) {
    EXPECT_EQ(test::ReadTestFile(path_ + name), test::ReadTestFile(folder_ / "b.bundle" + name));
  }
  Bundle other = MakeBundle();
  other.head.layers.front().bias.back() += 1.0F;
  EXPECT_NE(*WriteBundle(other, folder_ / "c.bundle", "{}\n"), hash);
}

TEST_F(BundleTest, ReplacesABundleAndNothingElse) {
  Write();
  Bundle second = MakeBundle();
  second.seed = 8;
  Write(second);
  EXPECT_EQ(ReadBundle(path_)->seed, 8U);
  EXPECT_EQ(EntriesBeside(), 1U);
  test::WriteTestFile(folder_ / "mine/thesis.txt", "work");
  for (const char* taken : {"mine", "mine/thesis.txt"}) {
    EXPECT_EQ(WriteBundle(second, folder_ / taken, "{}").status().code(), StatusCode::kUsage);
  }
  EXPECT_EQ(test::ReadTestFile(folder_ / "mine/thesis.txt"), "work");
}

TEST_F(BundleTest, PartsThatDoNotFitAreRefused) {
  Write();
  const std::string whole = test::ReadTestFile(path_ + "/bundle.json");
  const std::vector<std::pair<std::function<void(Json*)>, StatusCode>> edits = {
      {[](Json* json) { json->at("labels").push_back("fourth"); }, StatusCode::kCorrupt},
      {[](Json* json) { json->at("labels")[0] = "yes"; }, StatusCode::kCorrupt},
      {[](Json* json) { json->at("labels") = 3; }, StatusCode::kCorrupt},
      {[](Json* json) { json->erase("recipe"); }, StatusCode::kCorrupt},
      {[](Json* json) { (*json)["surprise"] = 1; }, StatusCode::kCorrupt},
      {[](Json* json) { json->at("backbones").clear(); }, StatusCode::kCorrupt},
      {[](Json* json) { json->at("backbones")[0]["compute_type"] = "i4"; }, StatusCode::kCorrupt},
      {[](Json* json) { json->at("seed") = -1; }, StatusCode::kCorrupt},
      {[](Json* json) { json->at("format") = "zip"; }, StatusCode::kCorrupt},
      {[](Json* json) { json->at("version") = kBundleVersion + 1; }, StatusCode::kMismatch}};
  for (size_t i = 0; i < edits.size(); ++i) {
    test::WriteTestFile(path_ + "/bundle.json", whole);
    EditJson(edits[i].first);
    EXPECT_EQ(ReadBundle(path_).status().code(), edits[i].second) << i;
  }
}

TEST_F(BundleTest, DamagedHeadIsRefused) {
  Write();
  const std::string head = path_ + "/head.safetensors";
  const std::string whole = test::ReadTestFile(head);
  for (const size_t length : {size_t{0}, size_t{7}, whole.size() / 2, whole.size() - 1}) {
    test::WriteTestFile(head, whole.substr(0, length));
    const Status status = ReadBundle(path_).status();
    EXPECT_EQ(status.code(), StatusCode::kCorrupt) << length;
    EXPECT_THAT(status.message(), HasSubstr("head.safetensors"));
  }
  fs::remove(head);
  EXPECT_EQ(ReadBundle(path_).status().code(), StatusCode::kNotFound);
}

// tests/golden/bundle_v1 was written by release 0.1.0 and is never written again.
TEST(GoldenBundleTest, BundleOfAnOldReleaseOpens) {
  const auto bundle = ReadBundle(LLMEMBED_SOURCE_DIR "/tests/golden/bundle_v1");
  ASSERT_TRUE(bundle.ok()) << bundle.status().message();
  EXPECT_THAT(bundle->labels, testing::ElementsAre("bad", "good"));
  EXPECT_EQ(bundle->recipe.fusion, "cat(tiny/0:mean, tiny/-1:mean)");
  EXPECT_EQ(bundle->backbones.front().compute_type, "f32");
  EXPECT_EQ(bundle->head.width(), 96U);
  const std::vector<float> zeros(96);
  const auto probabilities = bundle->head.Probabilities(zeros);
  ASSERT_TRUE(probabilities.ok());
  EXPECT_NEAR((*probabilities)[0] + (*probabilities)[1], 1.0F, 1e-6F);
}

// tests/golden/bundle_v2 too: its head holds a fusion that was trained with it.
TEST(GoldenBundleTest, BundleWithATrainedFusionOpens) {
  const auto bundle = ReadBundle(LLMEMBED_SOURCE_DIR "/tests/golden/bundle_v2");
  ASSERT_TRUE(bundle.ok()) << bundle.status().message();
  ASSERT_TRUE(bundle->head.fusion.has_value());
  EXPECT_EQ(bundle->recipe.fusion,
            "cat(co(tiny/0:mean, tiny/1:mean, tiny/-1:mean, sigma=2, width=4, rows=normalised, "
            "entries=upper, slope=learned), max(tiny/1:mean, tiny/-1:mean))");
  EXPECT_EQ(bundle->head.width(), 96U);
  EXPECT_EQ(bundle->head.layers.front().inputs, 6 + 32U);
  const std::vector<float> ones(96, 1.0F);
  const auto probabilities = bundle->head.Probabilities(ones);
  ASSERT_TRUE(probabilities.ok());
  EXPECT_NEAR((*probabilities)[0] + (*probabilities)[1], 1.0F, 1e-6F);
}

}  // namespace
}  // namespace llmembed::bundle
