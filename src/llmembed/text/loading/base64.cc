#include "text/loading/base64.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace llmembed::text {
namespace {

constexpr std::string_view kDigitsInOrder =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint32_t kNoDigit = 64;

constexpr std::array<uint8_t, 256> Digits() {
  std::array<uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (uint8_t digit = 0; digit < kDigitsInOrder.size(); ++digit) {
    digits[static_cast<unsigned char>(kDigitsInOrder[digit])] = digit;
  }
  return digits;
}

}  // namespace

std::optional<std::string> DecodeBase64(std::string_view text) {
  static constexpr std::array<uint8_t, 256> kDigits = Digits();
  if (text.size() % 4 != 0) return std::nullopt;
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (size_t group = 0; group < text.size(); group += 4) {
    const size_t digits = group + 4 == text.size() ? 4 - padding : 4;
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; ++i) {
      const uint32_t digit = i < digits ? kDigits[static_cast<unsigned char>(text[group + i])] : 0;
      if (digit == kNoDigit) return std::nullopt;
      bits = bits << 6U | digit;
    }
    const size_t count = digits - 1;
    for (size_t i = 0; i < count; ++i) bytes.push_back(static_cast<char>(bits >> (16 - 8 * i)));
    if ((bits & ((1U << (24 - 8 * count)) - 1U)) != 0) return std::nullopt;
  }
  return bytes;
}

}  // namespace llmembed::text
