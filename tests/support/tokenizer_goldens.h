// Tokenizers of the text layer's testdata, changed as its golden files say.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "text/tokenizer.h"

namespace llmembed::test {

inline const std::string kTextTestdata = LLMEMBED_SOURCE_DIR "/src/llmembed/text/testdata";

inline base::Json ReadTextTestdata(const std::string& name) {
  auto json = base::ReadJsonFile(kTextTestdata + "/" + name);
  EXPECT_TRUE(json.ok()) << json.status().message();
  return json.ok() ? *json : base::Json();
}

// A tokenizer.json with a variant's fields in place of its own, those of the model one by one.
inline base::Json WithChanges(base::Json tokenizer, const base::Json& changes) {
  for (const auto& change : changes.items()) {
    if (change.key() == "model") {
      for (const auto& field : change.value().items()) {
        tokenizer["model"][field.key()] = field.value();
      }
    } else {
      tokenizer[change.key()] = change.value();
    }
  }
  return tokenizer;
}

inline std::vector<int32_t> Ids(const text::Tokenizer& tokenizer, const std::string& text,
                                uint32_t max_tokens = 0) {
  text::Encoding encoding;
  const Status status = tokenizer.Encode(text, max_tokens, &encoding);
  EXPECT_TRUE(status.ok()) << status.message();
  return encoding.ids;
}

}  // namespace llmembed::test
