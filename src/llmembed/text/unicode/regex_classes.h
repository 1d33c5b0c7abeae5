// The character classes of regular expressions, as the reference's expressions know them
// (tools/make_regex_classes.py reads them off their behaviour).
#pragma once

#include <cstdint>

namespace llmembed::text {

enum RegexClass : uint8_t {
  kRegexLetter = 1,  // \p{L}
  kRegexNumber = 2,  // \p{N}
  kRegexSpace = 4,   // \s
  kNumeric = 8       // what the pre-tokenizer Digits takes for a digit: \p{N} of a newer Unicode
};

// The two-stage table: block kRegexBlockIndex[c / kRegexBlockSize], in it c % kRegexBlockSize.
inline constexpr uint32_t kRegexBlockSize = 128;
extern const uint8_t kRegexBlockIndex[];
extern const uint8_t kRegexBlocks[][kRegexBlockSize];

// A set of RegexClass. Precondition: code_point <= U+10FFFF.
inline uint8_t RegexClassesOf(char32_t code_point) {
  return kRegexBlocks[kRegexBlockIndex[code_point / kRegexBlockSize]][code_point % kRegexBlockSize];
}

}  // namespace llmembed::text
