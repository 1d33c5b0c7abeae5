#include "extract/extractor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/cpu.h"
#include "support/temporary_folder.h"
#include "support/tiny_bert.h"

namespace llmembed::extract {
namespace {

using fusion::Pooling;
using fusion::Tap;
using testing::HasSubstr;

const std::vector<std::string_view> kTexts = {
    "the film was great and not so dull",
    "awful",
    "",
    "a very bright lovely superb fine happy film and it is so very great and not late",
    "unknownword film",
    "the film was great and not so dull",
};

std::vector<Tap> Taps(std::initializer_list<std::pair<int, Pooling>> choices) {
  std::vector<Tap> taps;
  for (const auto& [layer, pooling] : choices) {
    Tap tap;
    tap.layer = layer;
    tap.pooling = pooling;
    taps.push_back(tap);
  }
  return taps;
}

class ExtractorTest : public testing::Test {
 protected:
  std::unique_ptr<Extractor> Open(const std::vector<Tap>& taps, uint32_t max_tokens = 0,
                                  ComputeType type = ComputeType::kF32,
                                  OnLongText on_long_text = OnLongText::kHead) {
    auto extractor = Extractor::Open({.folder = test::TinyBertFolder(),
                                      .taps = taps,
                                      .compute_type = type,
                                      .max_tokens = max_tokens,
                                      .on_long_text = on_long_text},
                                     &pool_);
    EXPECT_TRUE(extractor.ok()) << extractor.status().message();
    return extractor.ok() ? *std::move(extractor) : nullptr;
  }

  // vectors[tap]: [texts, width].
  static std::vector<std::vector<float>> Extract(Extractor* extractor,
                                                 const std::vector<std::string_view>& texts,
                                                 std::vector<TextLength>* lengths = nullptr) {
    std::vector<TextLength> own(texts.size());
    EXPECT_TRUE(extractor->Tokenize({texts}, own).ok());
    std::vector<std::vector<float>> vectors(extractor->taps().size(),
                                            std::vector<float>(texts.size() * extractor->width()));
    std::vector<float*> rows;
    rows.reserve(vectors.size());
    for (auto& tap : vectors) rows.push_back(tap.data());
    std::vector<uint32_t> all(texts.size());
    std::iota(all.begin(), all.end(), 0U);
    const Status status = extractor->Extract(all, rows, nullptr);
    EXPECT_TRUE(status.ok()) << status.message();
    if (lengths != nullptr) *lengths = own;
    return vectors;
  }

  base::ThreadPool pool_{2};
};

TEST_F(ExtractorTest, Fp8IsRefusedOnACpu) {
  const auto extractor = Extractor::Open(
      {.folder = test::TinyBertFolder(), .taps = {Tap{}}, .compute_type = ComputeType::kFp8},
      &pool_);
  ASSERT_FALSE(extractor.ok());
  EXPECT_EQ(extractor.status().code(), StatusCode::kUnsupported);
  EXPECT_NE(extractor.status().message().find("GPU"), std::string::npos);
}

TEST_F(ExtractorTest, VectorOfATextDoesNotDependOnTheOthers) {
  for (const ComputeType type : {ComputeType::kF32, ComputeType::kBf16, ComputeType::kInt8}) {
    if (type == ComputeType::kBf16 && !base::Cpu().avx512_bf16) continue;
    const auto extractor =
        Open(Taps({{0, Pooling::kMean}, {-1, Pooling::kMax}, {2, Pooling::kCls}}), 0, type);
    const auto together = Extract(extractor.get(), kTexts);
    for (size_t i = 0; i < kTexts.size(); ++i) {
      const auto alone = Extract(extractor.get(), {kTexts[i]});
      for (size_t tap = 0; tap < alone.size(); ++tap) {
        for (size_t k = 0; k < extractor->width(); ++k) {
          ASSERT_EQ(together[tap][i * extractor->width() + k], alone[tap][k]);
        }
      }
    }
  }
}

// Several batches for every thread.
std::vector<std::string> ManyTexts() {
  std::vector<std::string> texts;
  for (size_t i = 0; i < 300; ++i) {
    std::string text;
    for (size_t word = 0; word < i % 40; ++word) text += word % 3 == 0 ? "great " : "film ";
    texts.push_back(text);
  }
  return texts;
}

TEST_F(ExtractorTest, DevicesShareTheTexts) {
  const auto texts = ManyTexts();
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const auto taps = Taps({{1, Pooling::kMax}, {-1, Pooling::kMean}});
  const auto one_device = Extract(Open(taps).get(), views);
  for (const unsigned threads : {1U, 2U, 5U}) {  // fewer than devices, as many, more
    base::ThreadPool pool(threads);
    const auto extractor = *Extractor::Open({.folder = test::TinyBertFolder(),
                                             .taps = taps,
                                             .compute_type = ComputeType::kF32,
                                             .devices = {compute::Device{}, compute::Device{}}},
                                            &pool);
    EXPECT_EQ(Extract(extractor.get(), views), one_device) << threads;
  }
}

TEST_F(ExtractorTest, VectorsDoNotDependOnTheNumberOfThreads) {
  const auto texts = ManyTexts();
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const auto taps = Taps({{1, Pooling::kMax}, {-1, Pooling::kMean}});
  for (const ComputeType type : {ComputeType::kF32, ComputeType::kBf16, ComputeType::kInt8}) {
    if (type == ComputeType::kBf16 && !base::Cpu().avx512_bf16) continue;
    const auto two_threads = Extract(Open(taps, 0, type).get(), views);
    for (const unsigned threads : {1U, 3U, 8U}) {
      base::ThreadPool pool(threads);
      const auto extractor = *Extractor::Open(
          {.folder = test::TinyBertFolder(), .taps = taps, .compute_type = type}, &pool);
      EXPECT_EQ(Extract(extractor.get(), views), two_threads) << threads;
    }
  }
}

TEST_F(ExtractorTest, PoolingsOfOneStateFitTogether) {
  const auto extractor = Open(
      Taps({{1, Pooling::kMean}, {1, Pooling::kMax}, {1, Pooling::kCls}, {1, Pooling::kLast}}));
  const auto vectors = Extract(extractor.get(), kTexts);
  bool is_mean_below = false;
  for (size_t k = 0; k < vectors[0].size(); ++k) {
    ASSERT_LE(vectors[0][k], vectors[1][k] + 1e-6F);
    ASSERT_LE(vectors[2][k], vectors[1][k]);
    ASSERT_LE(vectors[3][k], vectors[1][k]);
    is_mean_below |= vectors[0][k] < vectors[1][k] - 0.1F;
  }
  EXPECT_TRUE(is_mean_below);
  EXPECT_NE(vectors[2], vectors[3]);
}

TEST_F(ExtractorTest, NegativeLayersCountFromTheEnd) {
  const auto extractor = Open(Taps({{3, Pooling::kMean}, {-1, Pooling::kMean}}));
  EXPECT_EQ(extractor->taps()[1].state.layer, 3U);
  const auto vectors = Extract(extractor.get(), kTexts);
  EXPECT_EQ(vectors[0], vectors[1]);
}

TEST_F(ExtractorTest, LongTextsAreCutAndCounted) {
  const auto extractor = Open(Taps({{-1, Pooling::kMean}}), 5);
  std::vector<TextLength> lengths;
  Extract(extractor.get(), kTexts, &lengths);
  EXPECT_EQ(lengths[0].tokens, 10U);  // eight words, [CLS] and [SEP]
  EXPECT_EQ(lengths[0].used, 5U);
  EXPECT_EQ(lengths[2].tokens, 2U);
  EXPECT_EQ(lengths[2].used, 2U);
}

// The tiny model's words are one token each, so pieces of a text can be written as texts.
TEST_F(ExtractorTest, HeadTailReadsAsTheTwoEndsTogether) {
  const auto taps = Taps({{-1, Pooling::kMean}, {2, Pooling::kLast}});
  const auto cut = Open(taps, 6, ComputeType::kF32, OnLongText::kHeadTail);
  std::vector<TextLength> lengths;
  const auto vectors = Extract(cut.get(), {"the film was great and not so dull"}, &lengths);
  EXPECT_EQ(vectors, Extract(Open(taps).get(), {"the film so dull"}));
  EXPECT_EQ(lengths[0].tokens, 10U);
  EXPECT_EQ(lengths[0].used, 6U);
}

TEST_F(ExtractorTest, ChunksAreAveragedByTheirTokensWhateverThePooling) {
  const auto taps = Taps({{0, Pooling::kMean}, {-1, Pooling::kMax}, {-1, Pooling::kCls}});
  const auto extractor = Open(taps, 5, ComputeType::kF32, OnLongText::kChunkMean);
  std::vector<TextLength> lengths;
  const auto whole =
      Extract(extractor.get(), {"fine", "the film was great and not so dull", "awful"}, &lengths);
  EXPECT_EQ(lengths[1].tokens, 10U);
  EXPECT_EQ(lengths[1].used, 10U);
  EXPECT_EQ(lengths[1].read, 5U + 5U + 4U);
  const auto chunks = Extract(extractor.get(), {"the film was", "great and not", "so dull"});
  const size_t width = extractor->width();
  for (size_t tap = 0; tap < taps.size(); ++tap) {
    for (size_t k = 0; k < width; ++k) {
      const auto at = [&](size_t chunk) { return double{chunks[tap][chunk * width + k]}; };
      const double mean = (5 * at(0) + 5 * at(1) + 4 * at(2)) / 14;
      ASSERT_NEAR(whole[tap][width + k], mean, 1e-5) << tap;
    }
  }
  const auto alone = Extract(extractor.get(), {"fine", "awful"});
  for (size_t tap = 0; tap < taps.size(); ++tap) {
    const std::vector<float>& rows = whole[tap];
    EXPECT_TRUE(std::equal(rows.begin(), rows.begin() + width, alone[tap].begin()));
    EXPECT_TRUE(std::equal(rows.end() - width, rows.end(), alone[tap].end() - width));
  }
}

TEST_F(ExtractorTest, ATextOfMoreChunksThanAreHeldAtATime) {
  const auto extractor =
      Open(Taps({{0, Pooling::kMean}}), 3, ComputeType::kF32, OnLongText::kChunkMean);
  std::string long_text;
  for (int i = 0; i < 700; ++i) long_text += "film ";
  const auto vectors = Extract(extractor.get(), {long_text, "film"});
  const size_t width = extractor->width();
  for (size_t k = 0; k < width; ++k) {
    ASSERT_NEAR(vectors[0][k], vectors[0][width + k], 1e-6);
  }
}

TEST_F(ExtractorTest, TooLongATextIsAnErrorWithItsPlace) {
  const auto extractor =
      Open(Taps({{0, Pooling::kMean}}), 9, ComputeType::kF32, OnLongText::kError);
  const std::vector<std::string_view> texts = {"film", "the film was great and not so dull"};
  std::vector<TextLength> lengths(2);
  const std::vector<uint64_t> lines = {4, 7};
  const Status status = extractor->Tokenize({texts, "a.csv", lines}, lengths);
  EXPECT_EQ(status.code(), StatusCode::kBadData);
  EXPECT_THAT(status.message(),
              testing::StartsWith("a.csv: line 7: the text has 10 tokens, expected at most 9"));
  EXPECT_THAT(extractor->Tokenize({.texts = texts, .first = 40}, lengths).message(),
              testing::StartsWith("text 42: the text has 10 tokens"));
  EXPECT_TRUE(extractor->Tokenize({std::span(texts).first(1)}, lengths).ok());
}

TEST_F(ExtractorTest, OnlyTheRowsAskedForAreWritten) {
  const auto extractor = Open(Taps({{-1, Pooling::kMean}}));
  std::vector<TextLength> lengths(kTexts.size());
  ASSERT_TRUE(extractor->Tokenize({kTexts}, lengths).ok());
  std::vector<float> vectors(kTexts.size() * extractor->width(), -77.0F);
  std::vector<float*> rows = {vectors.data()};
  ASSERT_TRUE(extractor->Extract(std::vector<uint32_t>{3}, rows, nullptr).ok());
  for (size_t i = 0; i < kTexts.size(); ++i) {
    EXPECT_EQ(vectors[i * extractor->width()] == -77.0F, i != 3) << i;
  }
}

TEST_F(ExtractorTest, StopsWhenCancelled) {
  const auto extractor = Open(Taps({{-1, Pooling::kMean}}));
  std::vector<TextLength> lengths(kTexts.size());
  ASSERT_TRUE(extractor->Tokenize({kTexts}, lengths).ok());
  std::vector<float> vectors(kTexts.size() * extractor->width());
  std::vector<float*> rows = {vectors.data()};
  const std::atomic<bool> cancelled{true};
  EXPECT_EQ(extractor->Extract(std::vector<uint32_t>{0, 1}, rows, &cancelled).code(),
            StatusCode::kCancelled);
}

TEST_F(ExtractorTest, WeightsAreReadWhenATextNeedsThem) {
  const test::TemporaryFolder folder;
  for (const char* name : {"config.json", "vocab.txt", "tokenizer_config.json"}) {
    std::filesystem::copy(test::TinyBertFolder() + "/" + name, folder / name);
  }
  auto extractor =
      Extractor::Open({.folder = folder.path(), .taps = Taps({{0, Pooling::kMean}})}, &pool_);
  ASSERT_TRUE(extractor.ok()) << extractor.status().message();
  std::vector<TextLength> lengths(1);
  const std::vector<std::string_view> texts = {"film"};
  ASSERT_TRUE((*extractor)->Tokenize({texts}, lengths).ok());
  std::vector<float> vectors((*extractor)->width());
  std::vector<float*> rows = {vectors.data()};
  EXPECT_TRUE((*extractor)->Extract({}, rows, nullptr).ok());
  EXPECT_EQ((*extractor)->Extract(std::vector<uint32_t>{0}, rows, nullptr).code(),
            StatusCode::kNotFound);
}

TEST_F(ExtractorTest, RefusesLayersAndLengthsThatAreNotThere) {
  const auto refused = [&](const std::vector<Tap>& taps, uint32_t max_tokens) {
    return Extractor::Open(
               {.folder = test::TinyBertFolder(), .taps = taps, .max_tokens = max_tokens}, &pool_)
        .status();
  };
  EXPECT_EQ(refused(Taps({{4, Pooling::kMean}}), 0).code(), StatusCode::kUsage);
  EXPECT_EQ(refused(Taps({{-5, Pooling::kMean}}), 0).code(), StatusCode::kUsage);
  const Status too_long = refused(Taps({{0, Pooling::kMean}}), 65);
  EXPECT_EQ(too_long.code(), StatusCode::kUsage);
  EXPECT_THAT(too_long.message(), HasSubstr("64 positions"));
}

}  // namespace
}  // namespace llmembed::extract
