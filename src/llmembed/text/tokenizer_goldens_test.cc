// The tokenizers against what the pinned reference made of the same texts (testdata/goldens.json,
// written by tools/make_tokenizer_goldens.py).
#include "support/tokenizer_goldens.h"

#include <gtest/gtest.h>

#include "support/fingerprint.h"
#include "text/loading/components.h"
#include "text/loading/loaders.h"

namespace llmembed::text {
namespace {

using base::Json;

using test::Ids;
using test::ReadTextTestdata;
using test::WithChanges;

TEST(TokenizerGoldensTest, EveryVariantGivesTheReferencesIds) {
  const Json base_tokenizer = ReadTextTestdata("tokenizer.json");
  const Json goldens = ReadTextTestdata("goldens.json");
  ASSERT_GE(goldens["variants"].size(), 11U);
  for (const Json& variant : goldens["variants"]) {
    SCOPED_TRACE(variant["name"].get<std::string>());
    const auto tokenizer =
        ReadTokenizerJson(WithChanges(base_tokenizer, variant["changes"]), "tokenizer.json");
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
    for (const Json& golden : variant["cases"]) {
      const auto text = golden["text"].get<std::string>();
      EXPECT_EQ(Ids(**tokenizer, text, 0), golden["ids"].get<std::vector<int32_t>>()) << text;
    }
  }
}

TEST(TokenizerGoldensTest, CutsAsTheReferenceDoes) {
  const auto tokenizer = LoadTokenizer(test::kTextTestdata);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  const Json goldens = ReadTextTestdata("goldens.json");
  const auto text = goldens["cuts"]["text"].get<std::string>();
  const size_t whole = Ids(**tokenizer, text, 0).size();
  for (const Json& golden : goldens["cuts"]["cases"]) {
    Encoding encoding;
    ASSERT_TRUE((*tokenizer)->Encode(text, golden["max_tokens"].get<uint32_t>(), &encoding).ok());
    EXPECT_EQ(encoding.ids, golden["ids"].get<std::vector<int32_t>>());
    EXPECT_EQ(encoding.total_tokens, whole);
  }
}

TEST(TokenizerGoldensTest, EveryCodePointNormalizesAsInTheReference) {
  const Json base_tokenizer = ReadTextTestdata("tokenizer.json");
  const Json goldens = ReadTextTestdata("goldens.json");
  int compared = 0;
  for (const Json& variant : goldens["variants"]) {
    const auto name = variant["name"].get<std::string>();
    if (!goldens["fingerprints"].contains(name)) continue;
    const Json options = WithChanges(base_tokenizer, variant["changes"])["normalizer"];
    const auto normalizer = ReadNormalizer(&options, "normalizer");
    ASSERT_TRUE(normalizer.ok()) << normalizer.status().message();
    const auto normalize = [&normalizer](const std::string& text) {
      std::string out;
      (*normalizer)->Normalize(text, &out);
      return out;
    };
    EXPECT_EQ(test::Fingerprint(normalize), goldens["fingerprints"][name].get<std::string>())
        << name;
    ++compared;
  }
  EXPECT_EQ(compared, 5);
}

TEST(TokenizerGoldensTest, EveryCodePointSplitsAsInTheReference) {
  const Json goldens = ReadTextTestdata("goldens.json");
  const Json options = {{"type", "BertPreTokenizer"}};
  const auto pre_tokenizer = ReadPreTokenizer(&options, "pre_tokenizer");
  ASSERT_TRUE(pre_tokenizer.ok()) << pre_tokenizer.status().message();
  const auto split = [&pre_tokenizer](const std::string& text) {
    WordList words;
    (*pre_tokenizer)->Split({text}, &words);
    std::string joined;
    for (const Word& word : words) {
      joined += joined.empty() ? "" : " ";
      joined += word.text;
    }
    return joined;
  };
  EXPECT_EQ(test::Fingerprint(split),
            goldens["fingerprints"]["BertPreTokenizer"].get<std::string>());
}

}  // namespace
}  // namespace llmembed::text
