// Numbers of eight bits with four of exponent and three of mantissa (e4m3): how rows of floats
// become those. Each row has a scale of its own.
#pragma once

#include <algorithm>
#include <cmath>

#include "compute/cuda/host_device.h"

namespace llmembed::compute {

inline constexpr float kFp8Largest = 448.0F;

// What a row's numbers are multiplied by before they are rounded, and what undoes it. `largest`:
// absolute value in the row.
LLMEMBED_HOST_DEVICE inline float Fp8Factor(float largest) {
  return largest > 0.0F ? kFp8Largest / largest : 0.0F;
}
LLMEMBED_HOST_DEVICE inline float Fp8Scale(float largest) { return largest / kFp8Largest; }

// The nearest of them, ties to even; what is beyond the largest becomes that.
inline float ToFp8(float x) {
  const float size = std::min(std::abs(x), kFp8Largest);
  if (size == 0.0F) return x;
  // Below 2^-6 all are 2^-9 apart.
  const int exponent = std::max(std::ilogb(size), -6);
  const float step = std::ldexp(1.0F, exponent - 3);
  return std::copysign(std::min(std::nearbyint(size / step) * step, kFp8Largest), x);
}

}  // namespace llmembed::compute
