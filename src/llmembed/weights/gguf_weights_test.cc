#include "weights/gguf_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "support/gguf_builder.h"
#include "weights/open_weights.h"
#include "weights/test_support.h"

namespace llmembed::weights {
namespace {

using tensor::DType;
using tensor::Shape;
using test::GgufBuilder;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr uint32_t kF32 = 0;
constexpr uint32_t kQ8_0 = 8;
constexpr uint32_t kIq2Xxs = 16;

std::string SmallModel() {
  return GgufBuilder()
      .String("general.architecture", "any")
      .Tensor("token_embd.weight", {2, 32}, kQ8_0, std::string(68, '\1'))
      .Tensor("norm.weight", {3}, kF32, std::string(12, '\0'))
      .Build();
}

Result<std::unique_ptr<GgufWeights>> Open(const std::string& path, const Renaming& rename = {}) {
  LLMEMBED_ASSIGN_OR_RETURN(auto file, gguf::GgufFile::Open(path));
  return GgufWeights::Create(std::move(file), rename);
}

TEST(GgufWeightsTest, TensorsAreThoseOfTheFile) {
  const TemporaryFolder folder;
  const auto weights = Open(folder.Write("m.gguf", SmallModel()));
  ASSERT_TRUE(weights.ok()) << weights.status().message();
  EXPECT_THAT((*weights)->Names(), ElementsAre("norm.weight", "token_embd.weight"));
  const tensor::TensorView* embeddings = (*weights)->Find("token_embd.weight");
  ASSERT_NE(embeddings, nullptr);
  EXPECT_EQ(embeddings->dtype, DType::kQ8_0);
  EXPECT_EQ(embeddings->shape, (Shape{2, 32}));
  EXPECT_EQ(embeddings->bytes.size(), 68U);
  EXPECT_EQ((*weights)->Find("other"), nullptr);
}

TEST(GgufWeightsTest, TensorsCanBeFoundByOtherNames) {
  const TemporaryFolder folder;
  const std::string path = folder.Write("m.gguf", SmallModel());
  const auto weights = Open(path, [](std::string_view stored) {
    return stored == "token_embd.weight" ? "embed_tokens.weight" : std::string(stored);
  });
  ASSERT_TRUE(weights.ok()) << weights.status().message();
  EXPECT_THAT((*weights)->Names(), ElementsAre("embed_tokens.weight", "norm.weight"));
  EXPECT_EQ((*weights)->Find("token_embd.weight"), nullptr);

  const auto collapsed = Open(path, [](std::string_view) { return "same"; });
  EXPECT_EQ(collapsed.status().code(), StatusCode::kCorrupt);
  EXPECT_THAT(collapsed.status().message(), HasSubstr("stands for the same weight as another one"));
}

TEST(GgufWeightsTest, TypesThatAreNotReadAreRefusedByName) {
  const TemporaryFolder folder;
  const auto weights = Open(folder.Write(
      "m.gguf", GgufBuilder().Tensor("t", {256}, kIq2Xxs, std::string(66, 'x')).Build()));
  EXPECT_EQ(weights.status().code(), StatusCode::kUnsupported);
  EXPECT_THAT(weights.status().message(), HasSubstr("tensor \"t\" is IQ2_XXS"));
}

TEST(GgufWeightsTest, OneFileOfSeveralIsRefused) {
  const TemporaryFolder folder;
  const auto split = Open(folder.Write("m.gguf", GgufBuilder().Uint32("split.count", 3).Build()));
  EXPECT_EQ(split.status().code(), StatusCode::kUnsupported);
  EXPECT_THAT(split.status().message(), HasSubstr("one of 3 files"));
  EXPECT_TRUE(Open(folder.Write("m.gguf", GgufBuilder().Uint32("split.count", 1).Build())).ok());
}

TEST(OpenGgufWeightsTest, AFileOrTheFolderItIsAloneIn) {
  const TemporaryFolder folder;
  const std::string path = folder.Write("m.gguf", SmallModel());
  for (const std::string& model : {path, folder.path()}) {
    const auto weights = OpenWeights(
        model, [](std::string_view stored) { return "renamed." + std::string(stored); });
    ASSERT_TRUE(weights.ok()) << weights.status().message();
    EXPECT_THAT((*weights)->Names(),
                ElementsAre("renamed.norm.weight", "renamed.token_embd.weight"));
    EXPECT_EQ((*weights)->path(), path);
    EXPECT_THAT(*WeightFiles(model), ElementsAre(path));
  }
}

TEST(OpenGgufWeightsTest, OfSeveralOneMustBeNamed) {
  const TemporaryFolder folder;
  folder.Write("a.gguf", SmallModel());
  folder.Write("b.gguf", SmallModel());
  const auto weights = OpenWeights(folder.path());
  EXPECT_EQ(weights.status().code(), StatusCode::kNotFound);
  EXPECT_THAT(weights.status().message(), HasSubstr("2 GGUF files; name the one to use"));
}

TEST(OpenGgufWeightsTest, LinksMayNotLeadOutOfTheFolder) {
  const TemporaryFolder elsewhere;
  elsewhere.Write("secret", SmallModel());
  const TemporaryFolder folder;
  std::filesystem::create_symlink(elsewhere / "secret", folder / "m.gguf");
  EXPECT_EQ(OpenWeights(folder.path()).status().code(), StatusCode::kCorrupt);
  EXPECT_EQ(WeightFiles(folder.path()).status().code(), StatusCode::kCorrupt);
  EXPECT_TRUE(OpenWeights(folder / "m.gguf").ok());  // named by the user
}

}  // namespace
}  // namespace llmembed::weights
