#include "text/pre_tokenizers/whitespace.h"

#include "base/utf8.h"
#include "text/unicode/properties.h"

namespace llmembed::text {

void Whitespace::Split(const Word& text, WordList* words) const {
  constexpr uint8_t kKinds = kWord | kWhitespace;
  size_t run_begin = 0;
  uint8_t run_kind = kWhitespace;
  for (size_t position = 0; position < text.text.size();) {
    const size_t begin = position;
    const uint8_t kind = PropertiesOf(base::DecodeUtf8(text.text, &position)).flags & kKinds;
    if (kind == run_kind) continue;
    if (run_kind != kWhitespace) words->Add(text.Part(run_begin, begin));
    run_begin = begin;
    run_kind = kind;
  }
  if (run_kind != kWhitespace) words->Add(text.Part(run_begin, text.text.size()));
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): all components are made from their own copy
Result<std::unique_ptr<PreTokenizer>> Whitespace::FromJson(JsonFields fields) {
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return std::unique_ptr<PreTokenizer>(std::make_unique<Whitespace>());
}

}  // namespace llmembed::text
