#include "text_format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace llmembed::cli {
namespace {

bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

size_t CodePoints(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return !IsContinuation(byte); }));
}

// One code point at the front of a text; `length` is 0 where the bytes are not UTF-8.
struct CodePoint {
  uint32_t value = 0;
  size_t length = 0;
};

CodePoint DecodeFront(std::string_view text) {
  constexpr std::array<uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
  if (length == 0 || lead >= 0xF8 || text.size() < length) return {};
  uint32_t value = lead & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return {};
    value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  }
  const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kSmallest[length] || is_surrogate || value > 0x10FFFF) return {};
  return {value, length};
}

bool IsObeyedByTerminals(uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) ||        // C0, DEL, C1
         code_point == 0x200E || code_point == 0x200F || code_point == 0x061C ||  // marks
         (code_point >= 0x2028 && code_point <= 0x202E) ||  // separators, embeddings, overrides
         (code_point >= 0x2066 && code_point <= 0x2069);    // isolates
}

void AppendEscaped(std::string_view bytes, std::string* text) {
  for (const char byte : bytes) {
    if (byte == '\n' || byte == '\t') {
      *text += byte == '\n' ? "\\n" : "\\t";
    } else {
      char escape[5];
      std::snprintf(escape, sizeof(escape), "\\x%02x", static_cast<unsigned char>(byte));
      *text += escape;
    }
  }
}

}  // namespace

std::string FormatCount(uint64_t count) {
  std::string text = std::to_string(count);
  for (size_t i = text.size(); i > 3;) text.insert(i -= 3, ",");
  return text;
}

std::string FormatCounted(uint64_t count, std::string_view noun) {
  return FormatCount(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string FormatFixed(double value, int digits) {
  std::array<char, 400> text;  // the longest finite double has 309 digits before its point
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string FormatBytes(uint64_t bytes) {
  constexpr std::array kUnits = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) return std::to_string(bytes) + " B";
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 999.95; ++unit) value /= 1000;  // 999.95 would show as 1000.0
  return FormatFixed(value, 1) + " " + kUnits[unit];
}

std::string FormatClock(double seconds) {
  const auto whole = static_cast<uint64_t>(std::clamp(std::round(seconds), 0.0, 1e12));
  std::array<char, 40> text;
  if (whole < 3600) {
    std::snprintf(text.data(), text.size(), "%u:%02u", static_cast<unsigned>(whole / 60),
                  static_cast<unsigned>(whole % 60));
  } else {
    std::snprintf(text.data(), text.size(), "%llu:%02u:%02u",
                  static_cast<unsigned long long>(whole / 3600),
                  static_cast<unsigned>(whole / 60 % 60), static_cast<unsigned>(whole % 60));
  }
  return text.data();
}

std::string FormatSeconds(double seconds) {
  if (seconds < 9.995) return FormatFixed(seconds, 2) + " s";
  if (seconds < 59.95) return FormatFixed(seconds, 1) + " s";
  return FormatClock(seconds) + (seconds < 3599.5 ? " min" : " h");
}

std::string Printable(std::string_view text) {
  std::string printable;
  printable.reserve(text.size());
  while (!text.empty()) {
    const CodePoint front = DecodeFront(text);
    const std::string_view bytes = text.substr(0, std::max<size_t>(front.length, 1));
    if (front.length == 0 || IsObeyedByTerminals(front.value)) {
      AppendEscaped(bytes, &printable);
    } else {
      printable += bytes;
    }
    text.remove_prefix(bytes.size());
  }
  return printable;
}

std::string PrintableMessage(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::string message;
  while (true) {
    const size_t end = text.find('\n');
    message += Printable(text.substr(0, end));
    if (end == std::string_view::npos) return message;
    message += "\n  ";
    text.remove_prefix(end + 1);
  }
}

std::string ShellWord(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  const std::string printable = Printable(text);
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return printable;
  std::string word = "'";
  for (const char character : printable) {
    if (character == '\'') {
      word += "'\\''";
    } else {
      word += character;
    }
  }
  return word + "'";
}

std::string FormatColumns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], CodePoints(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - CodePoints(row[i]) + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

std::string_view CutToWidth(std::string_view text, size_t width) {
  size_t end = 0;
  for (size_t count = 0; end < text.size(); ++end) {
    if (!IsContinuation(text[end]) && count++ == width) break;
  }
  return text.substr(0, end);
}

}  // namespace llmembed::cli
