// The second step of a tokenizer: cuts a normalised text into words.
#pragma once

#include "text/pre_tokenizers/word_list.h"

namespace llmembed::text {

// Immutable, so safe to use from many threads.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;

  // Appends the words of the text, in order and none of them empty; their bytes are the text's or
  // allocated by the list. Precondition: `text` is well-formed UTF-8.
  virtual void Split(const Word& text, WordList* words) const = 0;

  // Whether Word::starts_text changes anything.
  virtual bool DependsOnStart() const { return false; }
};

}  // namespace llmembed::text
