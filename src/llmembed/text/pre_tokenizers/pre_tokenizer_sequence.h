// Several pre-tokenizers, each over the words of the one before.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/pre_tokenizers/pre_tokenizer.h"

namespace llmembed::text {

// Equal to Hugging Face's Sequence.
class PreTokenizerSequence : public PreTokenizer {
 public:
  explicit PreTokenizerSequence(std::vector<std::unique_ptr<PreTokenizer>> steps)
      : steps_(std::move(steps)) {}

  // From the "pre_tokenizer" of a tokenizer.json.
  static Result<std::unique_ptr<PreTokenizer>> FromJson(JsonFields fields);

  void Split(const Word& text, WordList* words) const override;
  bool DependsOnStart() const override;

 private:
  std::vector<std::unique_ptr<PreTokenizer>> steps_;
};

}  // namespace llmembed::text
