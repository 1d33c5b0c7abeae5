#include "base/random.h"

#include <cmath>
#include <numbers>

namespace llmembed::base {

Random::Random(uint64_t seed, uint64_t stream) : state_(0), increment_((stream << 1U) | 1U) {
  Next();
  state_ += seed;
  Next();
}

uint32_t Random::Next() {
  const uint64_t old = state_;
  state_ = old * 6364136223846793005ULL + increment_;
  const auto xorshifted = static_cast<uint32_t>(((old >> 18U) ^ old) >> 27U);
  const auto rotation = static_cast<uint32_t>(old >> 59U);
  return (xorshifted >> rotation) | (xorshifted << ((32U - rotation) & 31U));
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
