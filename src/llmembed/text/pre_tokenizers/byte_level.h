// GPT-2's words, in the alphabet of bytes.
#pragma once

#include <memory>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/pre_tokenizers/pre_tokenizer.h"

namespace llmembed::text {

struct ByteLevelOptions {
  bool add_prefix_space = true;  // before a text that does not start with a space
  bool use_regex = true;         // GPT-2's expression cuts the text; false: one word
};

// Equal to Hugging Face's ByteLevel.
class ByteLevel : public PreTokenizer {
 public:
  explicit ByteLevel(const ByteLevelOptions& options) : options_(options) {}

  // From the "pre_tokenizer" of a tokenizer.json.
  static Result<std::unique_ptr<PreTokenizer>> FromJson(JsonFields fields);

  void Split(const Word& text, WordList* words) const override;

 private:
  ByteLevelOptions options_;
};

}  // namespace llmembed::text
