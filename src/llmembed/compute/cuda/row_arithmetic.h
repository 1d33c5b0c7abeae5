// Where kernels for rows find their random numbers and their entries.
#pragma once

#include <cstddef>
#include <cstdint>

#include "compute/cuda/host_device.h"

namespace llmembed::compute::cuda {

// Steps of base::Random's state, so that each thread draws the numbers of its own values: `count`
// steps are one of the same form, state * factor + term (Brown 1994).
struct RandomJump {
  uint64_t factor = 1;
  uint64_t term = 0;

  LLMEMBED_HOST_DEVICE uint64_t From(uint64_t state) const { return state * factor + term; }
};

// Jumps of powers of two, of which any other is made.
struct RandomJumps {
  static constexpr int kPowers = 40;
  RandomJump of_power[kPowers];  // of 2^i steps

  static RandomJumps Of(uint64_t multiplier, uint64_t increment) {
    RandomJumps jumps;
    RandomJump jump{multiplier, increment};
    for (RandomJump& power : jumps.of_power) {
      power = jump;
      jump = {jump.factor * jump.factor, jump.term * (jump.factor + 1)};
    }
    return jumps;
  }

  // The jump of `count` < 2^kPowers steps.
  RandomJump Across(uint64_t count) const {
    RandomJump jump;
    for (int i = 0; count > 0; ++i, count >>= 1) {
      if ((count & 1) == 0) continue;
      jump = {jump.factor * of_power[i].factor, of_power[i].From(jump.term)};
    }
    return jump;
  }

  // The state `count` < 2^kPowers steps on.
  LLMEMBED_HOST_DEVICE uint64_t After(uint64_t state, uint64_t count) const {
    for (int i = 0; count > 0; ++i, count >>= 1) {
      if ((count & 1) != 0) state = of_power[i].From(state);
    }
    return state;
  }
};

// What base::Random::Next gives in that state.
LLMEMBED_HOST_DEVICE inline uint32_t RandomNumber(uint64_t state) {
  const auto mixed = static_cast<uint32_t>(((state >> 18) ^ state) >> 27);
  const auto rotation = static_cast<uint32_t>(state >> 59);
  return (mixed >> rotation) | (mixed << ((32 - rotation) & 31));
}

// Of the products of `vectors` vectors: where that of i and j, i <= j, stands.
LLMEMBED_HOST_DEVICE inline size_t CoEntry(size_t vectors, bool is_upper, size_t i, size_t j) {
  return is_upper ? i * vectors - i * (i + 1) / 2 + j : i * vectors + j;
}

}  // namespace llmembed::compute::cuda
