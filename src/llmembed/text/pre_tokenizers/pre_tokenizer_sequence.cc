#include "text/pre_tokenizers/pre_tokenizer_sequence.h"

#include <algorithm>

#include "text/loading/components.h"

namespace llmembed::text {

void PreTokenizerSequence::Split(const Word& text, WordList* words) const {
  const size_t begin = words->size();
  if (!text.text.empty()) words->Add(text);
  for (const std::unique_ptr<PreTokenizer>& step : steps_) {
    for (const Word& word : words->TakeFrom(begin)) step->Split(word, words);
  }
}

bool PreTokenizerSequence::DependsOnStart() const {
  return std::any_of(steps_.begin(), steps_.end(),
                     [](const auto& step) { return step->DependsOnStart(); });
}

Result<std::unique_ptr<PreTokenizer>> PreTokenizerSequence::FromJson(JsonFields fields) {
  LLMEMBED_ASSIGN_OR_RETURN(const base::Json* values, fields.Array("pretokenizers"));
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  std::vector<std::unique_ptr<PreTokenizer>> steps;
  for (const base::Json& value : *values) {
    const std::string where = fields.where() + "[" + std::to_string(steps.size()) + "]";
    LLMEMBED_ASSIGN_OR_RETURN(std::unique_ptr<PreTokenizer> step, ReadPreTokenizer(&value, where));
    if (step == nullptr) return fields.Corrupt("a step is null");
    steps.push_back(std::move(step));
  }
  return std::unique_ptr<PreTokenizer>(std::make_unique<PreTokenizerSequence>(std::move(steps)));
}

}  // namespace llmembed::text
