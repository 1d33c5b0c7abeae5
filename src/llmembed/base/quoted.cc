#include "base/quoted.h"

#include <cstddef>

#include "base/utf8.h"

namespace llmembed::base {
namespace {

constexpr size_t kMaxShownBytes = 200;

bool IsControl(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

}  // namespace

std::string Quoted(std::string_view name) { return "\"" + Shown(name) + "\""; }

std::string Shown(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string shown;
  size_t position = 0;
  while (position < text.size() && shown.size() < kMaxShownBytes) {
    const char32_t c = DecodeUtf8(text, &position);
    if (IsControl(c)) {
      shown += "\\x";
      shown += kDigits[c >> 4];
      shown += kDigits[c & 15];
    } else {
      AppendUtf8(c, &shown);
    }
  }
  return shown + (position < text.size() ? "..." : "");
}

}  // namespace llmembed::base
