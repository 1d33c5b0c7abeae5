#include "text/models/character_pairs.h"

#include <algorithm>
#include <bit>

namespace llmembed::text {

CharacterPairs::CharacterPairs(std::span<const Pair> pairs) {
  std::vector<Pair> different(pairs.begin(), pairs.end());
  std::sort(different.begin(), different.end());
  different.erase(std::unique(different.begin(), different.end()), different.end());
  // With two bits a pair and 32 places for it, one in 16 is set.
  const uint64_t bit_count =
      std::clamp(std::bit_ceil(uint64_t{different.size()} * 32), uint64_t{64}, uint64_t{1} << 31U);
  bits_.assign(bit_count / 64, 0);
  mask_ = bit_count - 1;
  for (const Pair& pair : different) {
    const uint64_t hash = Hash(pair.first, pair.second);
    for (const uint64_t bit : {hash & mask_, hash >> 32U & mask_}) {
      bits_[bit / 64] |= uint64_t{1} << (bit % 64);
    }
  }
}

}  // namespace llmembed::text
