#include "extract/embedder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.h"
#include "support/tiny_bert.h"

namespace llmembed::extract {
namespace {

using testing::HasSubstr;

constexpr size_t kWidth = 48;

class EmbedderTest : public testing::Test, private Observer {
 protected:
  std::unique_ptr<store::EmbeddingStore> OpenStore(uint64_t cap_bytes = 1 << 30) {
    auto store = store::EmbeddingStore::Open(folder_ / "store", {.cap_bytes = cap_bytes});
    EXPECT_TRUE(store.ok()) << store.status().message();
    return store.ok() ? *std::move(store) : nullptr;
  }

  std::unique_ptr<Embedder> MakeEmbedder(store::EmbeddingStore* store, uint32_t max_tokens = 0,
                                         OnLongText rule = OnLongText::kHead) {
    auto extractor = Extractor::Open({.folder = test::TinyBertFolder(),
                                      .taps = {{.layer = 0}, {.layer = -1}},
                                      .compute_type = ComputeType::kF32,
                                      .max_tokens = max_tokens,
                                      .on_long_text = rule},
                                     &pool_);
    EXPECT_TRUE(extractor.ok());
    RunContext context;
    context.observer = this;
    return std::make_unique<Embedder>(
        *std::move(extractor), ModelIdentity{"weights", "tokenizer", "config"}, store, context);
  }

  // Both taps' rows, one behind the other.
  static std::vector<float> Embed(Embedder* embedder, const std::vector<std::string_view>& texts) {
    std::vector<float> vectors(2 * texts.size() * kWidth);
    std::vector<float*> rows = {vectors.data(), vectors.data() + texts.size() * kWidth};
    std::vector<TextLength> lengths(texts.size());
    const Status status = embedder->Embed({texts}, rows, lengths);
    EXPECT_TRUE(status.ok()) << status.message();
    embedder->Flush();
    return vectors;
  }

  void OnLog(LogLevel, std::string_view message) override { warnings_ += message; }
  void OnProgress(const Progress&) override {}

  const std::vector<std::string_view> texts_ = {"great film", "awful", "great film", "a sad film"};
  test::TemporaryFolder folder_;
  base::ThreadPool pool_{2};
  std::string warnings_;
};

TEST_F(EmbedderTest, StoredVectorsAreThoseThatWereComputed) {
  std::vector<float> computed;
  {
    const auto store = OpenStore();
    const auto embedder = MakeEmbedder(store.get());
    computed = Embed(embedder.get(), texts_);
    EXPECT_EQ(embedder->report().texts, 4U);
    EXPECT_EQ(embedder->report().embedded, 3U);  // one text stands there twice
    EXPECT_EQ(embedder->report().from_store, 1U);
  }
  const auto store = OpenStore();
  const auto embedder = MakeEmbedder(store.get());
  EXPECT_EQ(Embed(embedder.get(), texts_), computed);
  EXPECT_EQ(embedder->report().embedded, 0U);
  EXPECT_EQ(embedder->report().from_store, 4U);
}

TEST_F(EmbedderTest, WithoutAStoreTheSame) {
  const auto store = OpenStore();
  const auto with = MakeEmbedder(store.get());
  const auto without = MakeEmbedder(nullptr);
  EXPECT_EQ(Embed(with.get(), texts_), Embed(without.get(), texts_));
  EXPECT_EQ(warnings_, "");
}

TEST_F(EmbedderTest, AnotherSettingIsAnotherSpace) {
  const auto store = OpenStore();
  const auto embedder = MakeEmbedder(store.get());
  Embed(embedder.get(), texts_);
  const auto shorter = MakeEmbedder(store.get(), 16);
  Embed(shorter.get(), texts_);
  EXPECT_EQ(shorter->report().embedded, 3U);
  const auto in_chunks = MakeEmbedder(store.get(), 16, OnLongText::kChunkMean);
  Embed(in_chunks.get(), texts_);
  EXPECT_EQ(in_chunks->report().embedded, 3U);
}

TEST_F(EmbedderTest, DamagedVectorsAreComputedAgain) {
  std::vector<float> computed;
  {
    const auto store = OpenStore();
    computed = Embed(MakeEmbedder(store.get()).get(), texts_);
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "store/segments")) {
    std::string contents = test::ReadTestFile(entry.path());
    contents[contents.size() - 5] ^= 1;
    test::WriteTestFile(entry.path(), contents);
  }
  const auto store = OpenStore();
  const auto embedder = MakeEmbedder(store.get());
  EXPECT_EQ(Embed(embedder.get(), texts_), computed);
  EXPECT_GT(embedder->report().embedded, 0U);
  EXPECT_THAT(warnings_, HasSubstr("damaged in the store"));
}

TEST_F(EmbedderTest, AFullStoreIsToldOnceAndChangesNothing) {
  const auto store = OpenStore(2'000);
  const auto embedder = MakeEmbedder(store.get());
  const auto without = MakeEmbedder(nullptr);
  EXPECT_EQ(Embed(embedder.get(), texts_), Embed(without.get(), texts_));
  Embed(embedder.get(), {"fine", "superb"});
  EXPECT_THAT(warnings_, HasSubstr("size cap"));
  EXPECT_EQ(warnings_.find("size cap"), warnings_.rfind("size cap"));
}

TEST_F(EmbedderTest, SpaceIsDecidedByEverythingThatDecidesAVector) {
  const auto embedder = MakeEmbedder(nullptr);
  const Extractor& extractor = embedder->extractor();
  const std::string space = SpaceDescription(extractor, {"w", "t", "c"}, 0);
  EXPECT_NE(space, SpaceDescription(extractor, {"W", "t", "c"}, 0));
  EXPECT_NE(space, SpaceDescription(extractor, {"w", "T", "c"}, 0));
  EXPECT_NE(space, SpaceDescription(extractor, {"w", "t", "C"}, 0));
  EXPECT_NE(space, SpaceDescription(extractor, {"w", "t", "c"}, 1));
  for (const char* fact : {"\"pooling\":\"mean\"", "\"max_tokens\":64", "\"on_long_text\":\"head\"",
                           "\"special_tokens\":\"parse\"", "\"layer\":0", "-f32"}) {
    EXPECT_THAT(space, HasSubstr(fact));
  }
}

}  // namespace
}  // namespace llmembed::extract
