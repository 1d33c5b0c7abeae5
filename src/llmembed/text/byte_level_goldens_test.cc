// Byte-level BPE against what the pinned reference made of the same texts
// (testdata/byte_level_goldens.json, written by tools/make_byte_level_goldens.py).
#include <gtest/gtest.h>

#include "support/fingerprint.h"
#include "support/tokenizer_goldens.h"
#include "text/loading/components.h"
#include "text/loading/loaders.h"

namespace llmembed::text {
namespace {

using base::Json;

TEST(ByteLevelGoldensTest, EveryVariantGivesTheReferencesIds) {
  const Json base_tokenizer = test::ReadTextTestdata("byte_level.json");
  const Json goldens = test::ReadTextTestdata("byte_level_goldens.json");
  ASSERT_GE(goldens["variants"].size(), 25U);
  for (const Json& variant : goldens["variants"]) {
    SCOPED_TRACE(variant["name"].get<std::string>());
    TokenizerOptions options;
    if (variant["special_text"] == "plain") options.special_text = SpecialText::kPlain;
    const auto tokenizer = ReadTokenizerJson(test::WithChanges(base_tokenizer, variant["changes"]),
                                             "byte_level.json", options);
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
    auto texts = goldens["texts"].get<std::vector<std::string>>();
    for (const Json& text : variant["own_texts"]) texts.push_back(text.get<std::string>());
    ASSERT_EQ(texts.size(), variant["ids"].size());
    for (size_t i = 0; i < texts.size(); ++i) {
      EXPECT_EQ(test::Ids(**tokenizer, texts[i]), variant["ids"][i].get<std::vector<int32_t>>())
          << texts[i];
    }
  }
}

TEST(ByteLevelGoldensTest, EveryCodePointSplitsAsInTheReference) {
  const Json goldens = test::ReadTextTestdata("byte_level_goldens.json");
  const auto context = goldens["context"].get<std::string>();
  int compared = 0;
  for (const Json& variant : goldens["variants"]) {
    const auto name = variant["name"].get<std::string>();
    if (!goldens["fingerprints"].contains(name)) continue;
    const Json options = test::WithChanges(test::ReadTextTestdata("byte_level.json"),
                                           variant["changes"])["pre_tokenizer"];
    const auto pre_tokenizer = ReadPreTokenizer(&options, "pre_tokenizer");
    ASSERT_TRUE(pre_tokenizer.ok()) << pre_tokenizer.status().message();
    WordList words;
    const auto split = [&](const std::string& text) {
      words.Clear();
      (*pre_tokenizer)->Split({text, true}, &words);
      std::string joined;
      for (const Word& word : words) {
        joined += joined.empty() ? "" : " ";
        joined += word.text;
      }
      return joined;
    };
    EXPECT_EQ(test::Fingerprint(split, context), goldens["fingerprints"][name]) << name;
    ++compared;
  }
  EXPECT_EQ(compared, 5);
}

}  // namespace
}  // namespace llmembed::text
