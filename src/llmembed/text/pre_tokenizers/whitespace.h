// Words are runs of word characters and runs of other characters, without the whitespace.
#pragma once

#include <memory>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/pre_tokenizers/pre_tokenizer.h"

namespace llmembed::text {

// Equal to Hugging Face's Whitespace: the expression \w+|[^\w\s]+ .
class Whitespace : public PreTokenizer {
 public:
  // From the "pre_tokenizer" of a tokenizer.json.
  static Result<std::unique_ptr<PreTokenizer>> FromJson(JsonFields fields);

  void Split(const Word& text, WordList* words) const override;
};

}  // namespace llmembed::text
