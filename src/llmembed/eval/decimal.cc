#include "eval/decimal.h"

#include <array>
#include <charconv>

namespace llmembed::eval {

std::string FixedDecimal(double value, int digits) {
  std::string text(400 + static_cast<size_t>(digits), '\0');  // the longest double: 309 and a sign
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::fixed, digits);
  text.resize(static_cast<size_t>(end.ptr - text.data()));
  if (text.find_first_not_of("-0.") == std::string::npos && text.front() == '-') text.erase(0, 1);
  return text;
}

std::string Percent(double share) { return FixedDecimal(100.0 * share, 2); }

std::string ShortestDecimal(double value) {
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

}  // namespace llmembed::eval
