#include "weights/open_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "weights/safetensors_writer.h"
#include "weights/test_support.h"

namespace llmembed::weights {
namespace {

namespace fs = std::filesystem;
using tensor::Shape;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array<float, 2> kValues = {1.0F, 2.0F};

void WriteShard(const std::string& path, const std::vector<std::string>& names) {
  std::vector<NamedTensor> tensors;
  for (const std::string& name : names) tensors.push_back({name, ViewOf(kValues, Shape{2})});
  const Status written = WriteSafetensors(path, tensors);
  ASSERT_TRUE(written.ok()) << written.message();
}

std::string Index(const std::vector<std::pair<std::string, std::string>>& weight_map) {
  std::string json = R"({"metadata":{"total_size":8},"weight_map":{)";
  for (const auto& [name, shard] : weight_map) {
    json += (json.back() == '{' ? "\"" : ",\"") + name + "\":\"" + shard + "\"";
  }
  return json + "}}";
}

class ShardedTest : public testing::Test {
 protected:
  void SetUp() override {
    WriteShard(folder_ / "s1.safetensors", {"a", "b"});
    WriteShard(folder_ / "s2.safetensors", {"c"});
  }
  void WriteIndex(const std::string& json) {
    WriteFile(folder_ / "model.safetensors.index.json", json);
  }
  // The index given, opened and refused with this message.
  void ExpectRefused(const std::string& json, const std::string& message,
                     StatusCode code = StatusCode::kCorrupt) {
    WriteIndex(json);
    const auto weights = OpenWeights(folder_.path());
    ASSERT_FALSE(weights.ok()) << json;
    EXPECT_EQ(weights.status().code(), code) << weights.status().message();
    EXPECT_THAT(weights.status().message(), HasSubstr(message));
  }

  const std::string s1_ = "s1.safetensors", s2_ = "s2.safetensors";
  TemporaryFolder folder_;
};

TEST_F(ShardedTest, IsOneSetOfTensors) {
  WriteIndex(Index({{"a", s1_}, {"b", s1_}, {"c", s2_}}));
  const auto weights = OpenWeights(folder_.path());
  ASSERT_TRUE(weights.ok()) << weights.status().message();
  EXPECT_THAT((*weights)->Names(), ElementsAre("a", "b", "c"));
  ASSERT_NE((*weights)->Find("c"), nullptr);
  EXPECT_THAT(*(*weights)->Find("c")->As<float>(), ElementsAre(1.0F, 2.0F));
  EXPECT_EQ((*weights)->Find("d"), nullptr);
  const auto files = WeightFiles(folder_.path());
  ASSERT_TRUE(files.ok());
  EXPECT_THAT(*files,
              ElementsAre(folder_ / "model.safetensors.index.json", folder_ / s1_, folder_ / s2_));
}

TEST_F(ShardedTest, IndexAndShardsMustAgree) {
  ExpectRefused(Index({{"a", s1_}, {"c", s2_}}), "s1.safetensors: tensor \"b\" is not in ");
  ExpectRefused(Index({{"a", s1_}, {"b", s1_}, {"c", s2_}, {"d", s2_}}),
                "tensor \"d\" does not stand in \"s2.safetensors\"");
  ExpectRefused(Index({{"a", s1_}, {"b", s2_}, {"c", s2_}}),
                "s1.safetensors: tensor \"b\" stands here, but ");
  ExpectRefused(Index({{"a", s1_}, {"b", s1_}, {"c", "s3.safetensors"}}), "s3.safetensors",
                StatusCode::kNotFound);
}

TEST_F(ShardedTest, NoTensorStandsInTwoShards) {
  WriteShard(folder_ / s2_, {"b", "c"});
  ExpectRefused(Index({{"a", s1_}, {"b", s1_}, {"c", s2_}}),
                "s2.safetensors: tensor \"b\" stands here, but ");
}

TEST_F(ShardedTest, TheIndexIsAnIndex) {
  ExpectRefused("{", "not valid JSON");
  ExpectRefused("[]", "weight_map is not an object");
  ExpectRefused("{}", "weight_map is not an object");
  ExpectRefused(R"({"weight_map":{}})", "at least one tensor");
  ExpectRefused(R"({"weight_map":{"a":1}})", "shard of tensor \"a\" is not a string");
  ExpectRefused(R"({"weight_map":{"a":"s1.safetensors","a":"s2.safetensors"}})", "stands twice");
}

TEST_F(ShardedTest, ShardsArePlainFileNames) {
  fs::create_directory(folder_ / "sub");
  WriteShard(folder_ / "sub/s.safetensors", {"a"});
  for (const std::string name : {"sub/s.safetensors", "../s.safetensors", "..", ".", "",
                                 "/etc/passwd", "a\\\\b", "s1.safetensors\\u0000"}) {
    ExpectRefused(Index({{"a", name}}), "is not a plain file name");
  }
  ExpectRefused(Index({{"a", std::string(300, 'n')}}), "is not a plain file name");
}

TEST_F(ShardedTest, LinksMayNotLeadOutOfTheFolder) {
  const TemporaryFolder elsewhere;
  WriteShard(elsewhere / "secret", {"c"});
  fs::remove(folder_ / s2_);
  fs::create_symlink(elsewhere / "secret", folder_ / s2_);
  ExpectRefused(Index({{"a", s1_}, {"b", s1_}, {"c", s2_}}), "link out of the model's folder");
}

TEST_F(ShardedTest, LinksWithinTheFolderAreFollowed) {
  fs::rename(folder_ / s2_, folder_ / "real");
  fs::create_symlink("real", folder_ / s2_);
  WriteIndex(Index({{"a", s1_}, {"b", s1_}, {"c", s2_}}));
  EXPECT_TRUE(OpenWeights(folder_.path()).ok());
}

// Folders of the Hugging Face cache: models--X/snapshots/C/FILE -> ../../blobs/HASH.
class HubCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::string repository : {"models--a--b", "models--c--d"}) {
      fs::create_directories(folder_ / (repository + "/snapshots/commit"));
      fs::create_directories(folder_ / (repository + "/blobs"));
      WriteShard(folder_ / (repository + "/blobs/hash"), {"a"});
    }
  }
  std::string Snapshot() const { return folder_ / "models--a--b/snapshots/commit"; }
  std::string Weights() const { return Snapshot() + "/model.safetensors"; }
  TemporaryFolder folder_;
};

TEST_F(HubCacheTest, LinksToTheRepositorysBlobsAreFollowed) {
  fs::create_symlink("../../blobs/hash", Weights());
  const auto weights = OpenWeights(Snapshot());
  ASSERT_TRUE(weights.ok()) << weights.status().message();
  EXPECT_THAT((*weights)->Names(), ElementsAre("a"));
  EXPECT_THAT(*WeightFiles(Snapshot()), ElementsAre(Weights()));
}

TEST_F(HubCacheTest, LinksToAnotherRepositoryAreNot) {
  fs::create_symlink("../../../models--c--d/blobs/hash", Weights());
  EXPECT_EQ(OpenWeights(Snapshot()).status().code(), StatusCode::kCorrupt);
  EXPECT_EQ(WeightFiles(Snapshot()).status().code(), StatusCode::kCorrupt);
}

TEST(OpenWeightsTest, PrefersTheSingleFile) {
  const TemporaryFolder folder;
  WriteShard(folder / "model.safetensors", {"a"});
  WriteFile(folder / "model.safetensors.index.json", "not read");
  WriteFile(folder / "pytorch_model.bin", "not read");
  const auto weights = OpenWeights(folder.path());
  ASSERT_TRUE(weights.ok()) << weights.status().message();
  EXPECT_THAT((*weights)->Names(), ElementsAre("a"));
  EXPECT_THAT(*WeightFiles(folder.path()), ElementsAre(folder / "model.safetensors"));
}

TEST(OpenWeightsTest, APickleAloneIsNotReadButExplained) {
  const TemporaryFolder folder;
  WriteFile(folder / "pytorch_model.bin", "pickle");
  const auto weights = OpenWeights(folder.path());
  EXPECT_EQ(weights.status().code(), StatusCode::kUnsupported);
  EXPECT_THAT(weights.status().message(), HasSubstr("safe_serialization=True"));
  EXPECT_EQ(WeightFiles(folder.path()).status().code(), StatusCode::kUnsupported);
}

TEST(OpenWeightsTest, EveryKindOfPickleIsExplained) {
  struct Case {
    const char* file;
    const char* command;
  };
  for (const Case& pickle : {Case{"pytorch_model.bin.index.json", "from_pretrained("},
                             Case{"pytorch_model-00001-of-00002.bin", "from_pretrained("},
                             Case{"model.pt", "torch.load('"}, Case{"model.ckpt", "torch.load('"},
                             Case{"adapter.bin", "/adapter.bin', weights_only=True)"},
                             Case{"consolidated.00.pth", "convert_llama_weights_to_hf"}}) {
    const TemporaryFolder folder;
    WriteFile(folder / "config.json", "{}");
    WriteFile(folder / pickle.file, "pickle");
    for (const std::string& path : {folder.path(), folder / pickle.file}) {
      if (path.ends_with(".json")) continue;
      const auto weights = OpenWeights(path);
      EXPECT_EQ(weights.status().code(), StatusCode::kUnsupported) << path;
      EXPECT_THAT(weights.status().message(), HasSubstr(std::string("holds ") + pickle.file));
      EXPECT_THAT(weights.status().message(), HasSubstr(pickle.command));
    }
  }
}

TEST(OpenWeightsTest, NothingThere) {
  const TemporaryFolder folder;
  EXPECT_EQ(OpenWeights(folder.path()).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(OpenWeights(folder / "no such folder").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(WeightFiles(folder.path()).status().code(), StatusCode::kNotFound);
  WriteFile(folder / "weights.safetensors", "");
  EXPECT_THAT(OpenWeights(folder / "weights.safetensors").status().message(),
              HasSubstr("expected the folder of a model"));
}

}  // namespace
}  // namespace llmembed::weights
