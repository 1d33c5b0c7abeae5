// Seeded randomness whose numbers are the same on every machine and compiler
// (the standard library's distributions are not).
#pragma once

#include <cstdint>
#include <span>
#include <utility>

namespace llmembed::base {

// PCG32 (O'Neill 2014, XSH-RR). Cheap to copy; not thread-safe.
class Random {
 public:
  explicit Random(uint64_t seed, uint64_t stream = 0);

  uint32_t Next() {  // uniform over 32 bits
    const uint64_t old = state_;
    state_ = old * kMultiplier + increment_;
    const auto xorshifted = static_cast<uint32_t>(((old >> 18U) ^ old) >> 27U);
    const auto rotation = static_cast<uint32_t>(old >> 59U);
    return (xorshifted >> rotation) | (xorshifted << ((32U - rotation) & 31U));
  }
  uint32_t Below(uint32_t bound);  // uniform in [0, bound), no bias; bound > 0
  double Uniform();                // [0, 1)
  double Normal();                 // mean 0, variance 1 (Box-Muller)

  // As if Next() had been called so often; takes no longer for many.
  void Skip(uint64_t count);

  // For those who draw many at a time: what Next() makes a number of, before the state becomes
  // state * kMultiplier + increment().
  static constexpr uint64_t kMultiplier = 6364136223846793005ULL;
  uint64_t state() const { return state_; }
  uint64_t increment() const { return increment_; }

  template <typename T>
  void Shuffle(std::span<T> items) {  // Fisher-Yates; items.size() < 2^32
    for (size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[Below(static_cast<uint32_t>(i))]);
    }
  }

 private:
  uint64_t state_;
  uint64_t increment_;
};

}  // namespace llmembed::base
