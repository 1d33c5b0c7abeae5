#include "base/random.h"

#include <cmath>
#include <numbers>

namespace llmembed::base {

Random::Random(uint64_t seed, uint64_t stream) : state_(0), increment_((stream << 1U) | 1U) {
  Next();
  state_ += seed;
  Next();
}

void Random::Skip(uint64_t count) {
  // count steps are one of the same form, found by doubling (Brown 1994).
  uint64_t factor = 1, term = 0;
  uint64_t power_factor = kMultiplier, power_term = increment_;
  for (; count > 0; count >>= 1U) {
    if ((count & 1U) != 0) {
      factor *= power_factor;
      term = term * power_factor + power_term;
    }
    power_term *= power_factor + 1;
    power_factor *= power_factor;
  }
  state_ = factor * state_ + term;
}

uint32_t Random::Below(uint32_t bound) {
  // Lemire's multiply-and-shift with rejection of the biased part.
  uint64_t product = static_cast<uint64_t>(Next()) * bound;
  if (static_cast<uint32_t>(product) < bound) {
    const uint32_t threshold = (0U - bound) % bound;
    while (static_cast<uint32_t>(product) < threshold) {
      product = static_cast<uint64_t>(Next()) * bound;
    }
  }
  return static_cast<uint32_t>(product >> 32U);
}

double Random::Uniform() {
  const uint64_t high = Next() >> 5U;  // 27 bits
  const uint64_t low = Next() >> 6U;   // 26 bits
  return (static_cast<double>(high) * 67108864.0 + static_cast<double>(low)) / 9007199254740992.0;
}

double Random::Normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - Uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * Uniform());
}

}  // namespace llmembed::base
