// What the reference tokenizers know of each code point (tools/make_unicode_tables.py reads it off
// their behaviour; it is no single version of Unicode).
#pragma once

#include <array>
#include <cstdint>

namespace llmembed::text {

enum PropertyFlag : uint8_t {
  kWhitespace = 1,      // separates words
  kRemoved = 2,         // control, format and private-use code points, U+FFFD
  kIdeograph = 4,       // a word of its own when Chinese characters are
  kNonspacingMark = 8,  // an accent, to be stripped
  kPunctuation = 16,
  kWord = 32,        // \w of a regular expression
  kDecomposes = 64,  // DecomposeCanonically gives something else
  kLowercases = 128  // ToLowercase gives something else
};

struct CodePointProperties {
  uint8_t flags;
  uint8_t combining_class;  // canonical; 0: a starter

  bool Is(PropertyFlag flag) const { return (flags & flag) != 0; }
};

// A few code points, as a mapping of one gives them.
struct CodePointSequence {
  std::array<char32_t, 4> values{};
  uint8_t length = 0;

  const char32_t* begin() const { return values.data(); }
  const char32_t* end() const { return values.data() + length; }
};

// The full canonical decomposition (NFD of this code point alone), itself where it has none.
CodePointSequence DecomposeCanonically(char32_t code_point);

// The lower-case form without regard to context (no final sigma), itself where it has none.
CodePointSequence ToLowercase(char32_t code_point);

// The two-stage table: block kBlockIndex[c / kBlockSize], then kProperties[block[c % kBlockSize]].
inline constexpr uint32_t kBlockSize = 128;
extern const CodePointProperties kProperties[];
extern const uint16_t kBlockIndex[];
extern const uint8_t kBlocks[][kBlockSize];

// Precondition: code_point <= U+10FFFF.
inline CodePointProperties PropertiesOf(char32_t code_point) {
  return kProperties[kBlocks[kBlockIndex[code_point / kBlockSize]][code_point % kBlockSize]];
}

}  // namespace llmembed::text
