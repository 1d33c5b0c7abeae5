// Unicode's normal forms and combining marks, as the reference tokenizers have them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace llmembed::text {

enum class NormalForm : uint8_t { kNfc, kNfd, kNfkc, kNfkd };

// Appends the text's normal form. Time is O(n log n), and linear for all but long runs of combining
// marks. Precondition: `text` is well-formed UTF-8 and does not lie in *out.
void AppendNormalForm(std::string_view text, NormalForm form, std::string* out);

// How many times as long as a text its normal form can be, in bytes.
inline uint64_t MaxGrowth(NormalForm form) {
  return form == NormalForm::kNfkc || form == NormalForm::kNfkd ? 11 : 3;
}

// Whether the code point is a mark: nonspacing, spacing or enclosing.
bool IsCombiningMark(char32_t code_point);

}  // namespace llmembed::text
