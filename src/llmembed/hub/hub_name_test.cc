#include "hub/hub_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/safe_path.h"

namespace llmembed::hub {
namespace {

using testing::ElementsAre;

TEST(HubName, ReadsNameAndRevision) {
  const auto plain = ParseHubName("google-bert/bert-large-uncased");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->repository, "google-bert/bert-large-uncased");
  EXPECT_EQ(plain->revision, "");
  EXPECT_EQ(plain->RevisionOrMain(), "main");
  const auto pinned = ParseHubName("o/n.v1_2@refs/pr/1");
  ASSERT_TRUE(pinned.ok());
  EXPECT_EQ(pinned->repository, "o/n.v1_2");
  EXPECT_EQ(pinned->revision, "refs/pr/1");
  EXPECT_EQ(pinned->Text(), "o/n.v1_2@refs/pr/1");
}

TEST(HubName, RefusesWhatCouldLeaveTheCacheOrBeAnother) {
  for (const char* text :
       {"",       "name",   "/name",  "owner/",   "a/b/c",   "../b",  "a/..", "a..b/c",
        "a--b/c", ".a/b",   "a/b-",   "a/b.git",  "a b/c",   "a/b?x", "a/b@", "a/b@../x",
        "a/b@/x", "a/b@x/", "a/b@-x", "a/b@x..y", "a/b@x y", "a/b\n", "ä/b",  "a/b@c@d"}) {
    const auto name = ParseHubName(text);
    ASSERT_FALSE(name.ok()) << text;
    EXPECT_EQ(name.status().code(), StatusCode::kUsage) << text;
  }
  EXPECT_FALSE(ParseHubName("a/" + std::string(95, 'b')).ok());
  EXPECT_TRUE(ParseHubName("a/" + std::string(94, 'b')).ok());
}

TEST(SelectModelFiles, TakesConfigurationTokenizerAndWeightsAlone) {
  const std::vector<std::string> files = {
      ".gitattributes",         "README.md",       "config.json",        "model.safetensors",
      "model.fp16.safetensors", "onnx/model.onnx", "pytorch_model.bin",  "modeling_custom.py",
      "tokenizer.json",         "vocab.txt",       "sub folder/a b.png", "1_Pooling/config.json"};
  const auto selected = SelectModelFiles(files, "o/n");
  ASSERT_TRUE(selected.ok()) << selected.status().message();
  EXPECT_THAT(*selected,
              ElementsAre("tokenizer.json", "vocab.txt", "model.safetensors", "config.json"));
}

TEST(SelectModelFiles, TakesTheShardsOfAnIndex) {
  const std::vector<std::string> files = {
      "config.json", "consolidated.safetensors", "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors", "model.safetensors.index.json"};
  const auto selected = SelectModelFiles(files, "o/n");
  ASSERT_TRUE(selected.ok());
  EXPECT_THAT(*selected,
              ElementsAre("model.safetensors.index.json", "model-00001-of-00002.safetensors",
                          "model-00002-of-00002.safetensors", "config.json"));
}

TEST(SelectModelFiles, TakesWeightsOfAnotherName) {
  const std::vector<std::string> files = {"config.json", "weights.safetensors", "a b.safetensors"};
  const auto selected = SelectModelFiles(files, "o/n");
  ASSERT_TRUE(selected.ok());
  EXPECT_THAT(*selected, ElementsAre("weights.safetensors", "config.json"));
}

TEST(SelectModelFiles, SaysWhatIsMissing) {
  const std::vector<std::string> pickled = {"config.json", "pytorch_model.bin"};
  const auto without_weights = SelectModelFiles(pickled, "o/n");
  ASSERT_FALSE(without_weights.ok());
  EXPECT_EQ(without_weights.status().code(), StatusCode::kUnsupported);
  EXPECT_THAT(without_weights.status().message(), testing::HasSubstr("safetensors"));
  const std::vector<std::string> bare = {"model.safetensors"};
  EXPECT_THAT(SelectModelFiles(bare, "o/n").status().message(), testing::HasSubstr("config.json"));
}

TEST(SelectModelFiles, RefusesHostileNames) {
  for (const char* name : {"../../evil.safetensors", "/etc/x.safetensors", "a/../b.safetensors",
                           "a//b", "a\\..\\b", "", ".", "a\nb", "x/"}) {
    const std::vector<std::string> files = {"config.json", "model.safetensors", name};
    const auto selected = SelectModelFiles(files, "o/n");
    ASSERT_FALSE(selected.ok()) << name;
    EXPECT_EQ(selected.status().code(), StatusCode::kCorrupt) << name;
  }
}

TEST(SafeRelativePath, HasABound) {
  EXPECT_TRUE(IsSafeRelativePath(std::string(1024, 'a')));
  EXPECT_FALSE(IsSafeRelativePath(std::string(1025, 'a')));
  EXPECT_TRUE(IsSafeRelativePath("a/..b/c."));
  EXPECT_FALSE(IsSafeRelativePath(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace llmembed::hub
