// The generated tables behind normalization.h.
#pragma once

#include <cstdint>

namespace llmembed::text {

// Full compatibility decompositions, in two stages: an entry is the place in the pool of a length
// and as many code points, 0 where there is none. Hangul syllables are not in it.
inline constexpr uint32_t kDecompositionBlock = 128;
extern const uint8_t kCompatibleBlockIndex[];
extern const uint16_t kCompatibleBlocks[][kDecompositionBlock];
extern const char32_t kCompatiblePool[];

struct Composition {
  char32_t first;
  char32_t second;
  char32_t composite;
};

extern const Composition kCompositions[];  // by first, then by second; Hangul is not in it
extern const uint32_t kCompositionCount;

struct CodePointRange {
  char32_t first;
  char32_t last;
};

extern const CodePointRange kCombiningMarks[];  // ascending
extern const uint32_t kCombiningMarkCount;

}  // namespace llmembed::text
