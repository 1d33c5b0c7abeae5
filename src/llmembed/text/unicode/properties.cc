#include "text/unicode/properties.h"

#include <algorithm>

#include "text/unicode/tables.h"

namespace llmembed::text {
namespace {

// Hangul syllables decompose by arithmetic (Unicode 15 section 3.12).
constexpr char32_t kSyllableBase = 0xAC00;
constexpr char32_t kSyllableCount = 11172;
constexpr char32_t kLeadingBase = 0x1100;
constexpr char32_t kVowelBase = 0x1161;
constexpr char32_t kTrailingBase = 0x11A7;
constexpr char32_t kTrailingCount = 28;
constexpr char32_t kSyllablesPerLeading = 21 * kTrailingCount;

CodePointSequence DecomposeSyllable(char32_t syllable) {
  const char32_t index = syllable - kSyllableBase;
  const char32_t trailing = index % kTrailingCount;
  const char32_t leading = kLeadingBase + index / kSyllablesPerLeading;
  const char32_t vowel = kVowelBase + index % kSyllablesPerLeading / kTrailingCount;
  if (trailing == 0) return {{leading, vowel}, 2};
  return {{leading, vowel, kTrailingBase + trailing}, 3};
}

}  // namespace

CodePointSequence DecomposeCanonically(char32_t code_point) {
  if (code_point >= kSyllableBase && code_point < kSyllableBase + kSyllableCount) {
    return DecomposeSyllable(code_point);
  }
  const Decomposition* end = kDecompositions + kDecompositionCount;
  const Decomposition* found = std::lower_bound(
      kDecompositions, end, code_point,
      [](const Decomposition& entry, char32_t wanted) { return entry.code_point < wanted; });
  if (found == end || found->code_point != code_point) return {{code_point}, 1};
  CodePointSequence sequence;
  sequence.length = found->length;
  std::copy_n(kDecompositionPool + found->offset, found->length, sequence.values.begin());
  return sequence;
}

CodePointSequence ToLowercase(char32_t code_point) {
  const CaseRange* end = kLowercaseRanges + kLowercaseRangeCount;
  const CaseRange* after = std::upper_bound(
      kLowercaseRanges, end, code_point,
      [](char32_t wanted, const CaseRange& range) { return wanted < range.first; });
  if (after != kLowercaseRanges) {
    const CaseRange& range = after[-1];
    if (code_point <= range.last && (code_point - range.first) % range.stride == 0) {
      return {{code_point + static_cast<char32_t>(range.delta)}, 1};
    }
  }
  for (uint32_t i = 0; i < kLowercaseExpansionCount; ++i) {
    const CaseExpansion& expansion = kLowercaseExpansions[i];
    if (expansion.code_point != code_point) continue;
    CodePointSequence sequence;
    sequence.length = expansion.length;
    std::copy_n(expansion.lowercase, expansion.length, sequence.values.begin());
    return sequence;
  }
  return {{code_point}, 1};
}

}  // namespace llmembed::text
