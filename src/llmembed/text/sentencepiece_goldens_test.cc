// SentencePiece's tokenizers against what the pinned references made of the same texts
// (testdata/sentencepiece, written by tools/make_sentencepiece_goldens.py).
#include <gtest/gtest.h>

#include "base/json.h"
#include "support/fingerprint.h"
#include "text/loading/components.h"
#include "text/loading/loaders.h"

namespace llmembed::text {
namespace {

using base::Json;

const std::string kFolder = LLMEMBED_SOURCE_DIR "/src/llmembed/text/testdata/sentencepiece";

Json ReadTestdata(const std::string& name) {
  auto json = base::ReadJsonFile(kFolder + "/" + name);
  EXPECT_TRUE(json.ok()) << json.status().message();
  return json.ok() ? *json : Json();
}

void ExpectIds(const Json& golden, const Result<std::unique_ptr<Tokenizer>>& tokenizer) {
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  ASSERT_GE(golden["cases"].size(), 60U);
  for (const Json& expected : golden["cases"]) {
    const auto text = expected["text"].get<std::string>();
    Encoding encoding;
    const Status status = (*tokenizer)->Encode(text, 0, &encoding);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(encoding.ids, expected["ids"].get<std::vector<int32_t>>()) << "\"" << text << "\"";
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
