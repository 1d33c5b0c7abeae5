// The generated table behind graphemes.h.
#pragma once

#include <cstdint>

namespace llmembed::text {

enum class GraphemeClass : uint8_t {
  kOther,
  kControl,  // carriage return and line feed among them
  kExtend,
  kJoiner,
  kSpacingMark,
  kPrepend,
  kPictographic,
  kLeading,  // Hangul: leading consonants, vowels, trailing consonants
  kVowel,
  kTrailing,
  kSyllable,        // Hangul: a leading consonant and a vowel
  kClosedSyllable,  // and a trailing consonant
};

struct GraphemeRange {
  char32_t first;
  char32_t last;
  GraphemeClass grapheme_class;
};

extern const GraphemeRange kGraphemeRanges[];  // ascending; Hangul syllables are not in it
extern const uint32_t kGraphemeRangeCount;

}  // namespace llmembed::text
