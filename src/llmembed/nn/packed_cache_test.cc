#include "nn/packed_cache.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <vector>

#include "compute/op_cases/random_data.h"
#include "support/temporary_folder.h"

namespace llmembed::nn {
namespace {

namespace fs = std::filesystem;

using compute::MathType;
using compute::OutputUse;

constexpr size_t kInputs = 100;
constexpr size_t kOutputs = 70;

class PackedCacheTest : public testing::TestWithParam<MathType> {
 protected:
  void SetUp() override {
    auto backend = compute::MakeCpuBackend(GetParam());
    if (!backend.ok()) GTEST_SKIP() << "skipped: " << backend.status().message();
    backend_ = *std::move(backend);
    linear_ = Packed();
  }

  std::unique_ptr<compute::PackedLinear> Packed(OutputUse use = OutputUse::kPlain) {
    base::Random random(3);
    const auto weight =
        compute::RandomWeight(tensor::DType::kF32, kInputs * kOutputs, 0.1F, &random);
    const auto bias = compute::RandomFloats(kOutputs, 1.0F, &random);
    return *backend_->Pack(weight.view(), bias, kInputs, kOutputs, use);
  }

  std::unique_ptr<PackedCache> Open(const std::string& model = "a") const {
    return PackedCache::Open({.root = root(), .model = model}, *backend_);
  }
  std::unique_ptr<compute::PackedLinear> Find(const std::string& model = "a") const {
    return Open(model)->Find("layer", kInputs, kOutputs, OutputUse::kPlain);
  }
  void Keep(const std::string& model = "a") {
    const auto cache = Open(model);
    cache->Keep("layer", *linear_, OutputUse::kPlain);
    ASSERT_TRUE(cache->Commit().ok());
  }
  std::string root() const { return folder_ / "packed"; }
  // The one file of a layer.
  fs::path File() const {
    for (const auto& entry : fs::recursive_directory_iterator(root())) {
      if (entry.path().extension() == ".packed") return entry.path();
    }
    return {};
  }

  std::vector<float> Run(const compute::PackedLinear& linear) const {
    base::Random random(5);
    const auto in = compute::RandomMatrix(backend_->activation_type(), 7, kInputs, 1.0F, &random);
    const auto out = compute::ZeroMatrix(tensor::DType::kF32, 7, kOutputs);
    EXPECT_TRUE((*backend_->MakeStream())->Linear(linear, in.view, out.view).ok());
    return compute::ToFloats(out.view);
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<compute::Backend> backend_;
  std::unique_ptr<compute::PackedLinear> linear_;
};

TEST_P(PackedCacheTest, MappedLayerGivesTheSameBits) {
  EXPECT_EQ(Find(), nullptr);
  Keep();
  const auto found = Find();
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(Run(*found), Run(*linear_));
}

TEST_P(PackedCacheTest, OtherModelSizesAndUsesFindNothing) {
  Keep();
  EXPECT_EQ(Find("b"), nullptr);
  const auto cache = Open();
  EXPECT_EQ(cache->Find("another", kInputs, kOutputs, OutputUse::kPlain), nullptr);
  EXPECT_EQ(cache->Find("layer", kOutputs, kInputs, OutputUse::kPlain), nullptr);
  EXPECT_EQ(cache->Find("layer", kInputs, kOutputs, OutputUse::kGated), nullptr);
}

TEST_P(PackedCacheTest, GatedLayerIsKeptAsOne) {
  const auto gated = Packed(OutputUse::kGated);
  const auto cache = Open();
  cache->Keep("layer", *gated, OutputUse::kGated);
  ASSERT_TRUE(cache->Commit().ok());
  const auto found = Open()->Find("layer", kInputs, kOutputs, OutputUse::kGated);
  ASSERT_NE(found, nullptr);
  const auto [a, b] = std::pair(found->image(), gated->image());
  ASSERT_EQ(a.weight.size(), b.weight.size());
  EXPECT_EQ(std::memcmp(a.weight.data(), b.weight.data(), a.weight.size()), 0);
}

TEST_P(PackedCacheTest, FileThatIsNotTheOneThatWasWrittenIsNotTaken) {
  Keep();
  const fs::path copy = folder_ / "copy";
  fs::copy_file(File(), copy);
  fs::rename(copy, File());  // the same bytes, but who knows
  EXPECT_EQ(Find(), nullptr);
  Keep();
  ASSERT_NE(Find(), nullptr);
  fs::resize_file(File(), fs::file_size(File()) - 1);
  EXPECT_EQ(Find(), nullptr);
  Keep();
  fs::remove(File());
  EXPECT_EQ(Find(), nullptr);
}

TEST_P(PackedCacheTest, WithoutItsManifestAFileIsNotTaken) {
  const auto cache = Open();
  cache->Keep("layer", *linear_, OutputUse::kPlain);  // no Commit
  EXPECT_EQ(Find(), nullptr);
  Keep();
  folder_.Write("packed/" + File().parent_path().filename().string() + "/manifest.json", "{");
  EXPECT_EQ(Find(), nullptr);
}

TEST_P(PackedCacheTest, WhatCannotBeWrittenIsSaidOnce) {
  folder_.Write("packed", "a file, no folder");
  const auto cache = Open();
  cache->Keep("layer", *linear_, OutputUse::kPlain);
  EXPECT_FALSE(cache->Commit().ok());
}

TEST_P(PackedCacheTest, LongestUnusedModelsGoBeyondTheCap) {
  Keep("a");
  Keep("b");
  Keep("c");
  ASSERT_NE(Find("a"), nullptr);  // used again: b is the oldest now
  const uint64_t bytes = fs::file_size(File());
  const auto cache = PackedCache::Open(
      {.root = root(), .model = "d", .cap_bytes = 3 * bytes + bytes / 2}, *backend_);
  cache->Keep("layer", *linear_, OutputUse::kPlain);
  ASSERT_TRUE(cache->Commit().ok());
  EXPECT_NE(Find("a"), nullptr);
  EXPECT_EQ(Find("b"), nullptr);
  EXPECT_NE(Find("c"), nullptr);
  EXPECT_NE(Find("d"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(MathTypes, PackedCacheTest,
                         testing::Values(MathType::kF32, MathType::kBF16, MathType::kInt8),
                         [](const auto& parameter) { return MathTypeName(parameter.param); });

}  // namespace
}  // namespace llmembed::nn
