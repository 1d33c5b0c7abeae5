// The generated tables behind properties.h: a two-stage table of properties, sorted mappings.
#pragma once

#include <cstdint>

#include "text/unicode/properties.h"

namespace llmembed::text {

// A code point's full canonical decomposition: `length` code points of the pool from `offset` on.
struct Decomposition {
  char32_t code_point;
  uint16_t offset;
  uint8_t length;
};

// Every `stride`-th code point of [first, last] has the lower-case form code_point + delta.
struct CaseRange {
  char32_t first;
  char32_t last;
  uint8_t stride;
  int32_t delta;
};

// A code point whose lower-case form is longer than one.
struct CaseExpansion {
  char32_t code_point;
  uint8_t length;
  char32_t lowercase[3];
};

extern const Decomposition kDecompositions[];  // by code_point; Hangul syllables are not in it
extern const uint32_t kDecompositionCount;
extern const char32_t kDecompositionPool[];

extern const CaseRange kLowercaseRanges[];  // by first
extern const uint32_t kLowercaseRangeCount;
extern const CaseExpansion kLowercaseExpansions[];
extern const uint32_t kLowercaseExpansionCount;

}  // namespace llmembed::text
