#include "data/json_escapes.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace llmembed::data {
namespace {

constexpr size_t kEscapeBytes = 6;  // \uXXXX

// The UTF-16 unit of a \uXXXX at this position.
std::optional<uint16_t> EscapedUnit(std::string_view json, size_t position) {
  if (position > json.size()) return std::nullopt;
  const std::string_view escape = json.substr(position, kEscapeBytes);
  if (escape.size() < kEscapeBytes || !escape.starts_with("\\u")) return std::nullopt;
  uint16_t unit = 0;
  const char* end = escape.data() + kEscapeBytes;
  const auto parsed = std::from_chars(escape.data() + 2, end, unit, 16);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return unit;
}

bool IsHighSurrogate(uint16_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLowSurrogate(uint16_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

}  // namespace

std::string ReplaceLoneSurrogateEscapes(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  size_t position = 0;
  while (position < json.size()) {
    const size_t backslash = std::min(json.find('\\', position), json.size());
    out.append(json.substr(position, backslash - position));
    position = backslash;
    const auto unit = EscapedUnit(json, position);
    size_t taken = unit ? kEscapeBytes : 2;
    if (unit && IsHighSurrogate(*unit)) {
      const auto next = EscapedUnit(json, position + kEscapeBytes);
      if (next && IsLowSurrogate(*next)) taken = 2 * kEscapeBytes;
    }
    const bool lone =
        unit && taken == kEscapeBytes && (IsHighSurrogate(*unit) || IsLowSurrogate(*unit));
    out.append(lone ? "\\uFFFD" : json.substr(position, taken));
    position += taken;
  }
  return out;
}

}  // namespace llmembed::data
