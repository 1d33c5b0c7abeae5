// SentencePiece's words: spaces become a visible character, usually U+2581, that starts a word.
#pragma once

#include <memory>
#include <string>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/pre_tokenizers/pre_tokenizer.h"

namespace llmembed::text {

struct MetaspaceOptions {
  // Which texts get the replacement before them unless they start with a space or the replacement.
  enum class Prepend { kAlways, kFirst, kNever };

  std::string replacement = "\u2581";  // one character, put for each U+0020
  Prepend prepend = Prepend::kAlways;  // kFirst: only what stands at the start of the whole text
  bool split = true;                   // each replacement starts a word; false: one word
};

// Equal to Hugging Face's Metaspace.
class Metaspace : public PreTokenizer {
 public:
  // Precondition: the replacement is one code point.
  explicit Metaspace(const MetaspaceOptions& options) : options_(options) {}

  // From the "pre_tokenizer" of a tokenizer.json.
  static Result<std::unique_ptr<PreTokenizer>> FromJson(JsonFields fields);

  void Split(const Word& text, WordList* words) const override;
  bool DependsOnStart() const override;

 private:
  std::string_view Rewrite(const Word& text, WordList* words) const;

  MetaspaceOptions options_;
};

}  // namespace llmembed::text
