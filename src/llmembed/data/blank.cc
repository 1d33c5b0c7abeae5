#include "data/blank.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace llmembed::data {
namespace {

constexpr std::string_view kAsciiBlanks = " \t\n\v\f\r";

bool IsWhiteSpace(char32_t code_point) {
  constexpr std::array<char32_t, 9> kSingles = {0x20,   0x85,   0xA0,   0x1680, 0x2028,
                                                0x2029, 0x202F, 0x205F, 0x3000};
  return (code_point >= 0x09 && code_point <= 0x0D) ||
         (code_point >= 0x2000 && code_point <= 0x200A) ||
         std::find(kSingles.begin(), kSingles.end(), code_point) != kSingles.end();
}

}  // namespace

bool IsBlank(std::string_view text) {
  size_t position = 0;
  while (position < text.size()) {
    if (!IsWhiteSpace(base::DecodeUtf8(text, &position))) return false;
  }
  return true;
}

void TrimAsciiBlanks(std::string* text) {
  const size_t last = text->find_last_not_of(kAsciiBlanks);
  text->resize(last == std::string::npos ? 0 : last + 1);
  text->erase(0, text->find_first_not_of(kAsciiBlanks));
}

}  // namespace llmembed::data
