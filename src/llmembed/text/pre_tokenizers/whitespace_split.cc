#include "text/pre_tokenizers/whitespace_split.h"

#include "base/utf8.h"
#include "text/unicode/properties.h"

namespace llmembed::text {

void WhitespaceSplit::Split(const Word& text, WordList* words) const {
  size_t word_begin = 0;
  for (size_t position = 0; position < text.text.size();) {
    const size_t begin = position;
    if (!PropertiesOf(base::DecodeUtf8(text.text, &position)).Is(kWhitespace)) continue;
    if (word_begin < begin) words->Add(text.Part(word_begin, begin));
    word_begin = position;
  }
  if (word_begin < text.text.size()) words->Add(text.Part(word_begin, text.text.size()));
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): all components are made from their own copy
Result<std::unique_ptr<PreTokenizer>> WhitespaceSplit::FromJson(JsonFields fields) {
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return std::unique_ptr<PreTokenizer>(std::make_unique<WhitespaceSplit>());
}

}  // namespace llmembed::text
