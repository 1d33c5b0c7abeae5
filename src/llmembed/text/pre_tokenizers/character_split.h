// Splits a text at single characters: digits, punctuation, or one that is given.
#pragma once

#include <memory>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/pre_tokenizers/split_behavior.h"

namespace llmembed::text {

// Equal to Hugging Face's Digits, Punctuation and CharDelimiterSplit, code point by code point.
class CharacterSplit : public PreTokenizer {
 public:
  enum class Kind { kDigit, kPunctuation, kDelimiter };

  // `delimiter` matters where the kind is that.
  CharacterSplit(Kind kind, SplitBehavior behavior, char32_t delimiter = 0)
      : kind_(kind), behavior_(behavior), delimiter_(delimiter) {}

  // From the "pre_tokenizer" of a tokenizer.json.
  static Result<std::unique_ptr<PreTokenizer>> DigitsFromJson(JsonFields fields);
  static Result<std::unique_ptr<PreTokenizer>> PunctuationFromJson(JsonFields fields);
  static Result<std::unique_ptr<PreTokenizer>> DelimiterFromJson(JsonFields fields);

  void Split(const Word& text, WordList* words) const override;

 private:
  bool Matches(char32_t code_point) const;

  Kind kind_;
  SplitBehavior behavior_;
  char32_t delimiter_;
};

}  // namespace llmembed::text
