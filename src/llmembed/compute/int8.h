// How numbers become int8: symmetrically, a row at a time, by the row's largest absolute value m.
// q = round(x * 127 / m), to nearest, ties to even; x is then about q * m / 127.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace llmembed::compute {

inline constexpr float kLargestInt8 = 127.0F;
inline constexpr float kSmallestRow = 1e-30F;  // a row whose m is less becomes zeros

// Sums of int8 products of so many numbers fit in an int32.
inline constexpr size_t kMostInt8Inputs = 133'000;

// What a row is multiplied by, and what its int8 stand for. A row that is not finite gets a scale
// that is not either.
inline float Int8Factor(float largest) {
  return largest < kSmallestRow ? 0.0F : kLargestInt8 / largest;
}
inline float Int8Scale(float largest) { return largest / kLargestInt8; }

inline int8_t ToInt8(float value, float factor) {
  return static_cast<int8_t>(std::nearbyintf(value * factor));
}

}  // namespace llmembed::compute
