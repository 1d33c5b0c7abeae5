// Amounts with their units, for people.
#pragma once

#include <cstdint>
#include <string>

namespace llmembed::eval {

inline constexpr double kJoulesPerKwh = 3.6e6;

// "12.30 s", "4:05 min", "1:02:03 h".
std::string Duration(double seconds);

// "812.4 MB", "2.35 GB".
std::string Memory(uint64_t bytes);

// Amounts of a run are often small: three digits that count, and at least cents; then `currency`,
// which begins with a blank or is "".
std::string Money(double amount, const std::string& currency);

}  // namespace llmembed::eval
