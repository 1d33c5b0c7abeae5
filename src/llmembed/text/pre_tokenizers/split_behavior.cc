#include "text/pre_tokenizers/split_behavior.h"

#include <utility>

#include "base/quoted.h"

namespace llmembed::text {
namespace {

constexpr std::pair<const char*, SplitBehavior> kNames[] = {
    {"Removed", SplitBehavior::kRemoved},
    {"Isolated", SplitBehavior::kIsolated},
    {"Contiguous", SplitBehavior::kContiguous},
    {"MergedWithPrevious", SplitBehavior::kMergedWithPrevious},
    {"MergedWithNext", SplitBehavior::kMergedWithNext},
};

// Whether the span belongs to the word of the span before it.
bool JoinsPrevious(std::span<const SplitSpan> spans, size_t index, SplitBehavior behavior) {
  if (index == 0) return false;
  const bool is_match = spans[index].is_match;
  const bool was_match = spans[index - 1].is_match;
  switch (behavior) {
    case SplitBehavior::kRemoved:
    case SplitBehavior::kIsolated:
      return false;
    case SplitBehavior::kContiguous:
      return is_match == was_match;
    case SplitBehavior::kMergedWithPrevious:  // of several matches in a row the first alone
      return is_match && !was_match;
    case SplitBehavior::kMergedWithNext:  // and here the last alone
      return !is_match && was_match;
  }
  return false;
}

}  // namespace

Result<SplitBehavior> ReadSplitBehavior(JsonFields* fields, const char* name) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string wanted, fields->String(name));
  for (const auto& [known, behavior] : kNames) {
    if (wanted == known) return behavior;
  }
  return fields->Corrupt("unknown behavior " + base::Quoted(wanted));
}

void AddSpans(const Word& text, std::span<const SplitSpan> spans, SplitBehavior behavior,
              WordList* words) {
  size_t word_begin = 0;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (!JoinsPrevious(spans, i, behavior)) word_begin = spans[i].begin;
    if (i + 1 < spans.size() && JoinsPrevious(spans, i + 1, behavior)) continue;
    if (spans[i].is_match && behavior == SplitBehavior::kRemoved) continue;
    words->Add(text.Part(word_begin, spans[i].end));
  }
}

}  // namespace llmembed::text
