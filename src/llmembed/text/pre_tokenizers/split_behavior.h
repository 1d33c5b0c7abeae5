// What becomes of the matches of a pattern when a text is split at them.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/pre_tokenizers/word_list.h"

namespace llmembed::text {

// As Hugging Face names them.
enum class SplitBehavior {
  kRemoved,             // matches are left out
  kIsolated,            // each is a word
  kContiguous,          // neighbouring ones are one word
  kMergedWithPrevious,  // each belongs to the word before it
  kMergedWithNext       // each belongs to the word behind it
};

// Bytes of a text that are one match, or stand between matches.
struct SplitSpan {
  size_t begin;
  size_t end;
  bool is_match;
};

// "Removed", "Isolated", ...: the value of the field `name`. kCorrupt: it is none of them.
Result<SplitBehavior> ReadSplitBehavior(JsonFields* fields, const char* name);

// Adds the text's words. Precondition: the spans are not empty and cover the text in order.
void AddSpans(const Word& text, std::span<const SplitSpan> spans, SplitBehavior behavior,
              WordList* words);

}  // namespace llmembed::text
