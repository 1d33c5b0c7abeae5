// Which characters a merge can join: between others a word can be cut without changing its ids.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace llmembed::text {

// A set of pairs of characters that may say yes wrongly, about once in 250 times, never no (a Bloom
// filter). Immutable once built, so safe to read from many threads.
class CharacterPairs {
 public:
  using Pair = std::pair<char32_t, char32_t>;

  explicit CharacterPairs(std::span<const Pair> pairs);

  bool MayContain(char32_t first, char32_t second) const {
    const uint64_t hash = Hash(first, second);
    return IsSet(hash) && IsSet(hash >> 32U);
  }

 private:
  static uint64_t Hash(char32_t first, char32_t second) {
    uint64_t hash = (uint64_t{first} << 32U | second) * 0x9E3779B97F4A7C15;
    hash ^= hash >> 29U;
    return hash * 0xBF58476D1CE4E5B9;
  }

  bool IsSet(uint64_t bit) const { return (bits_[(bit & mask_) / 64] >> (bit % 64) & 1U) != 0; }

  std::vector<uint64_t> bits_;
  uint64_t mask_;  // one less than the number of bits, a power of two below 2^32
};

}  // namespace llmembed::text
