// How numbers become int8: symmetrically, a row at a time, by the row's largest absolute value m.
// q = round(x * s / m), to nearest, ties to even; x is then about q * m / s. Weights have s = 127
// steps, activations LargestActivation().
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace llmembed::compute {

inline constexpr float kLargestInt8 = 127.0F;
inline constexpr float kSmallestRow = 1e-30F;  // a row whose m is less becomes zeros

// Sums of int8 products of so many numbers fit in an int32.
inline constexpr size_t kMostInt8Inputs = 133'000;

// Whether sums of this type are those of int8, which are whole.
template <typename Sum>
inline constexpr bool kIsInt8Sum = std::is_same_v<Sum, int32_t>;

// Steps of activations that meet weights of so many inputs: 127 where the CPU multiplies int8
// itself. Elsewhere products are of int16, and there are as many as sums leave room for in 32 bits,
// up to 32,767: a more exact product for the same instructions.
float LargestActivation(size_t inputs);

// What a row is multiplied by, and what its whole numbers stand for. A row that is not finite gets
// a scale that is not either.
inline float Int8Factor(float largest, float steps) {
  return largest < kSmallestRow ? 0.0F : steps / largest;
}
inline float Int8Scale(float largest, float steps) { return largest / steps; }

}  // namespace llmembed::compute
