// Taps against what `transformers` gives: tools/make_tap_goldens.py wrote the models and the
// vectors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "base/cpu.h"
#include "base/json.h"
#include "extract/extractor.h"
#include "support/temporary_folder.h"
#include "support/tiny_bert.h"

namespace llmembed::extract {
namespace {

constexpr uint32_t kMaxTokens = 12;
constexpr size_t kWidth = 32;
const std::vector<std::string_view> kTexts = {"", "film", "the film was so great",
                                              "awful [PAD] film and it",
                                              "the film was great and so awful it was so"};

std::string Folder(const std::string& model) {
  return std::string(LLMEMBED_SOURCE_DIR "/tests/golden/taps/") + model;
}

class TapGoldensTest : public testing::TestWithParam<const char*> {
 protected:
  Result<std::unique_ptr<Extractor>> Open(const std::string& taps, uint32_t max_tokens,
                                          ComputeType type = ComputeType::kF32) {
    return Extractor::Open({.folder = Folder(GetParam()),
                            .taps = *fusion::ParseTapList(taps),
                            .compute_type = type,
                            .max_tokens = max_tokens},
                           &pool_);
  }

  // [texts, width], a tap each.
  std::vector<std::vector<float>> Extract(const std::string& taps, uint32_t max_tokens,
                                          ComputeType type = ComputeType::kF32) {
    const auto extractor = Open(taps, max_tokens, type);
    EXPECT_TRUE(extractor.ok()) << extractor.status().message();
    if (!extractor.ok()) return {};
    std::vector<std::vector<float>> vectors((*extractor)->taps().size(),
                                            std::vector<float>(kTexts.size() * kWidth));
    std::vector<float*> rows;
    for (auto& tap : vectors) rows.push_back(tap.data());
    std::vector<TextLength> lengths(kTexts.size());
    EXPECT_TRUE((*extractor)->Tokenize({kTexts}, lengths).ok());
    std::vector<uint32_t> all(kTexts.size());
    std::iota(all.begin(), all.end(), 0U);
    const Status status = (*extractor)->Extract(all, rows, nullptr);
    EXPECT_TRUE(status.ok()) << status.message();
    return vectors;
  }

  base::ThreadPool pool_{2};
};

TEST_P(TapGoldensTest, AreThoseOfTransformers) {
  const auto file = weights::SafetensorsFile::Open(Folder(GetParam()) + "/expected.safetensors");
  ASSERT_TRUE(file.ok()) << file.status().message();
  std::string taps;
  for (const std::string& name : (*file)->Names()) taps += (taps.empty() ? "" : ",") + name;
  EXPECT_GE((*file)->Names().size(), 5U);
  for (const ComputeType type : {ComputeType::kF32, ComputeType::kBf16}) {
    if (type == ComputeType::kBf16 && !base::Cpu().avx512_bf16) continue;
    const float bar = type == ComputeType::kF32 ? 1e-5F : 0.1F;
    const auto vectors = Extract(taps, kMaxTokens, type);
    for (size_t tap = 0; tap < vectors.size(); ++tap) {
      const std::string& name = (*file)->Names()[tap];
      const auto expected = test::ElementsOf<float>((*file)->Find(name));
      ASSERT_EQ(expected.size(), vectors[tap].size());
      for (size_t i = 0; i < expected.size(); ++i) {
        const auto row = std::span(expected).subspan(i / kWidth * kWidth, kWidth);
        const auto [least, most] = std::minmax_element(row.begin(), row.end());
        const float size = std::max({1.0F, -*least, *most});
        ASSERT_NEAR(vectors[tap][i], expected[i], bar * size) << name << ", text " << i / kWidth;
      }
    }
  }
}

// Padding is run beside a text's own tokens and never read by them.
TEST_P(TapGoldensTest, PaddingTouchesNoOtherTap) {
  const auto padded = Extract("1:mean,-1:cls,2:last,0:mean_all", kMaxTokens);
  const auto alone = Extract("1:mean,-1:cls,2:last", kMaxTokens);
  for (size_t tap = 0; tap < alone.size(); ++tap) {
    for (size_t i = 0; i < alone[tap].size(); ++i) {
      ASSERT_EQ(padded[tap][i], alone[tap][i]) << tap;
    }
  }
}

// Where its taps read one token of the deepest layer, nothing else goes through its feed-forward.
TEST_P(TapGoldensTest, OneTokenOfTheDeepestLayerIsTheSameAsAmongAll) {
  for (const ComputeType type : {ComputeType::kF32, ComputeType::kBf16, ComputeType::kInt8}) {
    if (type == ComputeType::kBf16 && !base::Cpu().avx512_bf16) continue;
    for (const std::string layer : {"1", "2", "-1"}) {
      for (const std::string pooling : {"cls", "last"}) {
        const std::string tap = layer + ":" + pooling;
        const auto alone = Extract(tap + ",0:mean", kMaxTokens, type);
        const auto among_all = Extract(tap + "," + layer + ":mean", kMaxTokens, type);
        for (size_t i = 0; i < alone[0].size(); ++i) {
          ASSERT_EQ(alone[0][i], among_all[0][i]) << tap;
        }
      }
    }
  }
}

TEST_P(TapGoldensTest, MeanAllNeedsALength) {
  const auto refused = Open("0:mean_all", 0);
  EXPECT_EQ(refused.status().code(), StatusCode::kUsage);
  EXPECT_THAT(refused.status().message(), testing::HasSubstr("--max-tokens N"));
}

// As the paper's code pads Llama 2, which names no token for it.
TEST(TapPaddingTest, AModelWithoutPaddingIsPaddedWithItsUnknownToken) {
  base::ThreadPool pool(1);
  const test::TemporaryFolder folder;
  std::vector<std::vector<float>> found;
  for (const base::Json& padding : {base::Json(), base::Json(1)}) {  // [UNK] is 1
    std::filesystem::copy(Folder("llama"), folder.path(),
                          std::filesystem::copy_options::overwrite_existing |
                              std::filesystem::copy_options::recursive);
    auto read = base::ReadJsonFile(folder / "config.json");
    ASSERT_TRUE(read.ok()) << read.status().message();
    base::Json config = *read;
    config["pad_token_id"] = padding;
    folder.Write("config.json", config.dump());
    const auto extractor = Extractor::Open({.folder = folder.path(),
                                            .taps = *fusion::ParseTapList("1:mean_all"),
                                            .compute_type = ComputeType::kF32,
                                            .max_tokens = kMaxTokens},
                                           &pool);
    ASSERT_TRUE(extractor.ok()) << extractor.status().message();
    const std::vector<std::string_view> texts = {"film"};
    std::vector<TextLength> lengths(1);
    ASSERT_TRUE((*extractor)->Tokenize({texts}, lengths).ok());
    std::vector<float*> rows = {found.emplace_back(kWidth).data()};
    ASSERT_TRUE((*extractor)->Extract(std::vector<uint32_t>{0}, rows, nullptr).ok());
  }
  EXPECT_EQ(found[0], found[1]);
}

INSTANTIATE_TEST_SUITE_P(Models, TapGoldensTest, testing::Values("bert", "roberta", "llama"),
                         [](const auto& model) { return std::string(model.param); });

}  // namespace
}  // namespace llmembed::extract
