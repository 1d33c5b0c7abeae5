#include "text/pre_tokenizers/pattern_split.h"

#include <algorithm>
#include <utility>

namespace llmembed::text {

std::vector<SplitSpan> PatternSplit::FindSpans(std::string_view text) const {
  std::vector<SplitSpan> spans;
  if (options_.scanner != nullptr) {
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = options_.scanner(text, begin);
      spans.push_back({begin, end, !options_.invert});
      begin = end;
    }
    return spans;
  }
  const std::string& literal = options_.literal;
  for (size_t begin = 0; begin < text.size();) {
    const size_t found = std::min(text.find(literal, begin), text.size());
    if (begin < found) spans.push_back({begin, found, options_.invert});
    if (found == text.size()) break;
    begin = found + literal.size();
    spans.push_back({found, begin, !options_.invert});
  }
  return spans;
}

void PatternSplit::Split(const Word& text, WordList* words) const {
  AddSpans(text, FindSpans(text.text), options_.behavior, words);
}

Result<std::unique_ptr<PreTokenizer>> PatternSplit::FromJson(JsonFields fields) {
  PatternSplitOptions options;
  LLMEMBED_ASSIGN_OR_RETURN(JsonFields pattern, fields.Object("pattern"));
  if (pattern.Optional("String") != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(options.literal, pattern.String("String"));
    if (options.literal.empty()) return pattern.Unsupported("an empty string is not supported");
  } else {
    LLMEMBED_ASSIGN_OR_RETURN(const std::string expression, pattern.String("Regex"));
    options.scanner = FindWordScanner(expression);
    if (options.scanner == nullptr) {
      return pattern.Unsupported("the regular expression \"" + expression.substr(0, 200) +
                                 "\" is not supported");
    }
  }
  LLMEMBED_RETURN_IF_ERROR(pattern.RefuseOthers());
  LLMEMBED_ASSIGN_OR_RETURN(options.behavior, ReadSplitBehavior(&fields, "behavior"));
  LLMEMBED_ASSIGN_OR_RETURN(options.invert, fields.Boolean("invert"));
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return std::unique_ptr<PreTokenizer>(std::make_unique<PatternSplit>(options));
}

}  // namespace llmembed::text
