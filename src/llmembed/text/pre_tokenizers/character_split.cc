#include "text/pre_tokenizers/character_split.h"

#include <string>
#include <vector>

#include "base/utf8.h"
#include "text/unicode/properties.h"
#include "text/unicode/regex_classes.h"

namespace llmembed::text {

bool CharacterSplit::Matches(char32_t code_point) const {
  switch (kind_) {
    case Kind::kDigit:
      return (RegexClassesOf(code_point) & kNumeric) != 0;
    case Kind::kPunctuation:
      return PropertiesOf(code_point).Is(kPunctuation);
    case Kind::kDelimiter:
      return code_point == delimiter_;
  }
  return false;
}

void CharacterSplit::Split(const Word& text, WordList* words) const {
  std::vector<SplitSpan> spans;
  size_t between_begin = 0;
  for (size_t position = 0; position < text.text.size();) {
    const size_t begin = position;
    if (!Matches(base::DecodeUtf8(text.text, &position))) continue;
    if (between_begin < begin) spans.push_back({between_begin, begin, false});
    spans.push_back({begin, position, true});
    between_begin = position;
  }
  if (between_begin < text.text.size()) spans.push_back({between_begin, text.text.size(), false});
  AddSpans(text, spans, behavior_, words);
}

Result<std::unique_ptr<PreTokenizer>> CharacterSplit::DigitsFromJson(JsonFields fields) {
  LLMEMBED_ASSIGN_OR_RETURN(const bool are_single, fields.Boolean("individual_digits"));
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return std::unique_ptr<PreTokenizer>(std::make_unique<CharacterSplit>(
      Kind::kDigit, are_single ? SplitBehavior::kIsolated : SplitBehavior::kContiguous));
}

Result<std::unique_ptr<PreTokenizer>> CharacterSplit::PunctuationFromJson(JsonFields fields) {
  SplitBehavior behavior = SplitBehavior::kIsolated;
  if (fields.Optional("behavior") != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(behavior, ReadSplitBehavior(&fields, "behavior"));
  }
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return std::unique_ptr<PreTokenizer>(
      std::make_unique<CharacterSplit>(Kind::kPunctuation, behavior));
}

Result<std::unique_ptr<PreTokenizer>> CharacterSplit::DelimiterFromJson(JsonFields fields) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string delimiter, fields.String("delimiter"));
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  size_t end = 0;
  const char32_t code_point = delimiter.empty() ? 0 : base::DecodeUtf8(delimiter, &end);
  if (end == 0 || end != delimiter.size()) {
    return fields.Corrupt("expected \"delimiter\" to be one character");
  }
  return std::unique_ptr<PreTokenizer>(
      std::make_unique<CharacterSplit>(Kind::kDelimiter, SplitBehavior::kRemoved, code_point));
}

}  // namespace llmembed::text
