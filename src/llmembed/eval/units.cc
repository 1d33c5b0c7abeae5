#include "eval/units.h"

#include <algorithm>
#include <cmath>

#include "eval/decimal.h"

namespace llmembed::eval {

std::string Duration(double seconds) {
  if (seconds < 59.995) return FixedDecimal(seconds, 2) + " s";
  const auto whole = static_cast<uint64_t>(std::llround(seconds));
  const auto two = [](uint64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  if (whole < 3600) return std::to_string(whole / 60) + ":" + two(whole % 60) + " min";
  return std::to_string(whole / 3600) + ":" + two(whole / 60 % 60) + ":" + two(whole % 60) + " h";
}

std::string Memory(uint64_t bytes) {
  const double megabytes = static_cast<double>(bytes) * 1e-6;
  return megabytes < 999.95 ? FixedDecimal(megabytes, 1) + " MB"
                            : FixedDecimal(megabytes * 1e-3, 2) + " GB";
}

std::string Money(double amount, const std::string& currency) {
  constexpr int kMostDigits = 12;
  const int digits = amount > 0.0 ? std::clamp(2 - static_cast<int>(std::floor(std::log10(amount))),
                                               2, kMostDigits)
                                  : 2;
  return FixedDecimal(amount, digits) + currency;
}

}  // namespace llmembed::eval
