#include "base/utf8.h"

#include <cstring>

namespace llmembed::base {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

// The allowed second byte after `lead` (Unicode table 3-7), and how many bytes follow the lead.
struct LeadRule {
  int continuation_bytes;  // 0: not a lead
  unsigned char low, high;
};

LeadRule RuleOf(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {1, 0x80, 0xBF};
  if (lead == 0xE0) return {2, 0xA0, 0xBF};
  if (lead == 0xED) return {2, 0x80, 0x9F};  // no surrogates
  if (lead >= 0xE1 && lead <= 0xEF) return {2, 0x80, 0xBF};
  if (lead == 0xF0) return {3, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {3, 0x80, 0xBF};
  if (lead == 0xF4) return {3, 0x80, 0x8F};  // at most U+10FFFF
  return {0, 0, 0};
}

// Decodes one code point; returns false for an ill-formed part, which it moves over.
bool DecodeOne(std::string_view text, size_t* position, char32_t* code_point) {
  const auto lead = static_cast<unsigned char>(text[(*position)++]);
  if (lead < 0x80) {
    *code_point = lead;
    return true;
  }
  LeadRule rule = RuleOf(lead);
  if (rule.continuation_bytes == 0) return false;
  char32_t value = lead & (0x3FU >> static_cast<unsigned>(rule.continuation_bytes));
  for (int i = 0; i < rule.continuation_bytes; ++i) {
    if (*position >= text.size()) return false;
    const auto byte = static_cast<unsigned char>(text[*position]);
    if (byte < rule.low || byte > rule.high) return false;
    value = (value << 6U) | (byte & 0x3FU);
    rule.low = 0x80;
    rule.high = 0xBF;
    ++*position;
  }
  *code_point = value;
  return true;
}

// The length of the ASCII run at the start of `text`, eight bytes at a time.
size_t AsciiPrefix(std::string_view text) {
  size_t length = 0;
  while (length + 8 <= text.size()) {
    uint64_t block;
    std::memcpy(&block, text.data() + length, 8);
    if ((block & 0x8080808080808080ULL) != 0) break;
    length += 8;
  }
  while (length < text.size() && static_cast<unsigned char>(text[length]) < 0x80) ++length;
  return length;
}

}  // namespace

char32_t DecodeUtf8(std::string_view text, size_t* position) {
  char32_t code_point = kReplacement;
  return DecodeOne(text, position, &code_point) ? code_point : kReplacement;
}

void AppendUtf8(char32_t code_point, std::string* out) {
  const auto put = [out](char32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6U));
    put(0x80 | (code_point & 0x3FU));
  } else if (code_point < 0x10000) {
    put(0xE0 | (code_point >> 12U));
    put(0x80 | ((code_point >> 6U) & 0x3FU));
    put(0x80 | (code_point & 0x3FU));
  } else {
    put(0xF0 | (code_point >> 18U));
    put(0x80 | ((code_point >> 12U) & 0x3FU));
    put(0x80 | ((code_point >> 6U) & 0x3FU));
    put(0x80 | (code_point & 0x3FU));
  }
}

bool IsValidUtf8(std::string_view text) {
  size_t position = AsciiPrefix(text);
  char32_t code_point = 0;
  while (position < text.size()) {
    if (!DecodeOne(text, &position, &code_point)) return false;
    position += AsciiPrefix(text.substr(position));
  }
  return true;
}

std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t position = 0;
  while (position < text.size()) AppendUtf8(DecodeUtf8(text, &position), &out);
  return out;
}

}  // namespace llmembed::base
