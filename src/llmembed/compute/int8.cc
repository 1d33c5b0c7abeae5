#include "compute/int8.h"

#include <algorithm>

#include "base/cpu.h"

namespace llmembed::compute {

bool Int8AddsFours() { return !base::Cpu().avx512_vnni; }

float LargestFour(std::span<const float> weights) {
  float largest = 0.0F;
  for (size_t at = 0; at < weights.size(); at += kTwoFours) {
    float above[2] = {};  // of each four
    float below[2] = {};
    const auto eight = weights.subspan(at, std::min(kTwoFours, weights.size() - at));
    for (size_t i = 0; i < eight.size(); ++i) {
      const size_t four = i % 4 / 2;
      above[four] += std::max(eight[i], 0.0F);
      below[four] += std::max(-eight[i], 0.0F);
    }
    largest = std::max({largest, above[0], above[1], below[0], below[1]});
  }
  return largest;
}

}  // namespace llmembed::compute
