#include "compute/int8.h"

#include <algorithm>

#include "base/cpu.h"

namespace llmembed::compute {

bool Int8TakesBytes() { return !base::Cpu().avx512_vnni; }

bool Int8AddsFours() { return !base::Cpu().avx_vnni || base::Cpu().avx512; }

float LargestFour(std::span<const float> weights) {
  float largest = 0.0F;
  for (size_t at = 0; at < weights.size(); at += kTwoFours) {
    float eight[kTwoFours] = {};
    std::ranges::copy(weights.subspan(at, std::min(kTwoFours, weights.size() - at)), eight);
    for (const float sign : {1.0F, -1.0F}) {
      float pairs[4];  // each half of a four
      for (size_t i = 0; i < 4; ++i) {
        pairs[i] = std::max(sign * eight[i], 0.0F) + std::max(sign * eight[i + 4], 0.0F);
      }
      largest = std::max({largest, pairs[0] + pairs[1], pairs[2] + pairs[3]});
    }
  }
  return largest;
}

}  // namespace llmembed::compute
