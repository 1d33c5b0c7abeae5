// How numbers become int8, a row at a time, rounded to nearest, ties to even.
//
// Weights, by output, symmetrically: q = round(w / s) in [-127, 127]; w is about q * s.
// Activations, by token, on CPUs with AVX-512 VNNI: the same. On the others (Int8TakesBytes):
// q = round(x / s) + z in [0, 255], with z so that the row's numbers and zero just have room; x is
// about (q - z) * s. Zero stays zero: many small numbers beside a large one would else all be off
// to the same side.
//
// Without AVX-VNNI either, products of four numbers are added in 16 bits (Int8AddsFours), where
// they have to fit: s of a weight is at least so large that of each four of an output those above
// zero sum up to 128 at most, and those below likewise. Of eight inputs in a row the first, second,
// fifth and sixth are a four, and the other four.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace llmembed::compute {

inline constexpr float kLargestInt8 = 127.0F;
inline constexpr float kLargestByte = 255.0F;
inline constexpr float kSmallestRow = 1e-30F;  // a row whose numbers span less becomes zeros

// Sums of so many products of bytes and int8 fit in an int32.
inline constexpr size_t kMostInt8Inputs = 66'000;

// Whether sums of this type are those of int8, which are whole.
template <typename Sum>
inline constexpr bool kIsInt8Sum = std::is_same_v<Sum, int32_t>;

// Whether activations are bytes on this CPU.
bool Int8TakesBytes();
// Whether fours are added in 16 bits where they are.
bool Int8AddsFours();

// Inputs that hold whole fours.
inline constexpr size_t kTwoFours = 8;

// The largest sum of what is above zero in a four of an output's weights, or of what is below.
float LargestFour(std::span<const float> weights);

// The largest absolute value that an output's weights are rounded by, when fours are added: that
// of one weight, or what makes the largest sum of a four 126, to which rounding adds 2 at most.
inline float LargestWithFours(float largest, float largest_four) {
  constexpr float kMostOfFour = 126.0F;
  const float by_fours = largest_four * (kLargestInt8 / kMostOfFour);
  return by_fours > largest ? by_fours : largest;
}

// What is added to a row's rounded numbers, the lowest of which is `lowest` <= 0, as bytes: z.
inline float ByteOffset(float lowest, float factor) { return std::nearbyintf(-lowest * factor); }

// What a row is multiplied by, and what its whole numbers stand for: `span`, its largest absolute
// value or the distance of its ends, in so many steps. A row that is not finite gets a scale that
// is not either.
inline float Int8Factor(float span, float steps) {
  return span < kSmallestRow ? 0.0F : steps / span;
}
inline float Int8Scale(float span, float steps) { return span / steps; }

}  // namespace llmembed::compute
