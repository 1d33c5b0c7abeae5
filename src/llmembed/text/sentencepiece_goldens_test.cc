// SentencePiece's tokenizers against what the pinned references made of the same texts
// (testdata/sentencepiece, written by tools/make_sentencepiece_goldens.py).
#include <gtest/gtest.h>

#include <filesystem>

#include "base/json.h"
#include "support/fingerprint.h"
#include "support/temporary_folder.h"
#include "support/tokenizer_goldens.h"
#include "text/loading/components.h"
#include "text/loading/loaders.h"

namespace llmembed::text {
namespace {

using base::Json;

Json ReadTestdata(const std::string& name) {
  return test::ReadTextTestdata("sentencepiece/" + name);
}

void ExpectIds(const Json& golden, const Result<std::unique_ptr<Tokenizer>>& tokenizer) {
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  ASSERT_GE(golden["cases"].size(), 60U);
  for (const Json& expected : golden["cases"]) {
    const auto text = expected["text"].get<std::string>();
    EXPECT_EQ(test::Ids(**tokenizer, text), expected["ids"].get<std::vector<int32_t>>())
        << "\"" << text << "\"";
  }
}

TEST(SentencePieceGoldensTest, ModelFilesGiveTheReferencesIds) {
  const Json goldens = ReadTestdata("tokenizers.json");
  ASSERT_GE(goldens["tokenizers"].size(), 6U);
  for (const Json& golden : goldens["tokenizers"]) {
    SCOPED_TRACE(golden["name"].get<std::string>());
    const test::TemporaryFolder folder;
    std::filesystem::copy_file(
        test::kTextTestdata + "/sentencepiece/" + golden["model"].get<std::string>(),
        folder / golden["as"].get<std::string>());
    folder.Write("tokenizer_config.json", golden["config"].dump());
    ExpectIds(golden, LoadTokenizer(folder.path()));
  }
}

TEST(SentencePieceGoldensTest, WhatTheReferenceMakesOfThemGivesTheSameIds) {
  const Json goldens = ReadTestdata("tokenizers.json");
  int compared = 0;
  for (const Json& golden : goldens["tokenizers"]) {
    if (!golden.contains("tokenizer_json")) continue;
    SCOPED_TRACE(golden["name"].get<std::string>());
    ExpectIds(golden, ReadTokenizerJson(golden["tokenizer_json"], "tokenizer.json"));
    ++compared;
  }
  EXPECT_EQ(compared, 3);
}

TEST(SentencePieceGoldensTest, NormalizersDoWithTextsWhatTheReferenceDoes) {
  const Json goldens = ReadTestdata("normalizers.json");
  ASSERT_GE(goldens["normalizers"].size(), 11U);
  for (const Json& golden : goldens["normalizers"]) {
    SCOPED_TRACE(golden["name"].get<std::string>());
    const auto normalizer = ReadNormalizer(&golden["normalizer"], "normalizer");
    ASSERT_TRUE(normalizer.ok()) << normalizer.status().message();
    const auto normalize = [&normalizer](const std::string& text) {
      std::string out;
      (*normalizer)->Normalize(text, &out);
      EXPECT_LE(out.size(), text.size() * (*normalizer)->max_growth());
      return out;
    };
    for (const Json& expected : golden["cases"]) {
      const auto text = expected["text"].get<std::string>();
      EXPECT_EQ(normalize(text), expected["normalized"].get<std::string>()) << "\"" << text << "\"";
    }
    EXPECT_EQ(test::Fingerprint(normalize), golden["fingerprint"].get<std::string>());
  }
}

}  // namespace
}  // namespace llmembed::text
