// Splits a text at a pattern: a string, or a regular expression that is known here.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/pre_tokenizers/split_behavior.h"
#include "text/pre_tokenizers/word_scanners.h"

namespace llmembed::text {

struct PatternSplitOptions {
  std::string literal;            // the pattern where there is no scanner; not empty
  WordScanner scanner = nullptr;  // the regular expression
  SplitBehavior behavior = SplitBehavior::kIsolated;
  bool invert = false;  // what is no match is one, and the other way round
};

// Equal to Hugging Face's Split with the regular expressions of word_scanners.cc.
class PatternSplit : public PreTokenizer {
 public:
  explicit PatternSplit(const PatternSplitOptions& options) : options_(options) {}

  // From the "pre_tokenizer" of a tokenizer.json. kUnsupported: another regular expression, named.
  static Result<std::unique_ptr<PreTokenizer>> FromJson(JsonFields fields);

  void Split(const Word& text, WordList* words) const override;

 private:
  std::vector<SplitSpan> FindSpans(std::string_view text) const;

  PatternSplitOptions options_;
};

}  // namespace llmembed::text
