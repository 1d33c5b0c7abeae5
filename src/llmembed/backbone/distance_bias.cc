#include "backbone/distance_bias.h"

#include <algorithm>
#include <cmath>

namespace llmembed::backbone {
namespace {

// MPNetEncoder.relative_position_bucket. `distance`: the key's position less the query's.
size_t BucketOf(int distance, size_t buckets) {
  const size_t half = buckets / 2;
  const size_t side = distance > 0 ? half : 0;
  const auto steps = static_cast<size_t>(std::abs(distance));
  const size_t exact = half / 2;  // so many have a bucket each, the others share on a log scale
  if (steps < exact) return side + steps;
  // In f32, as the reference computes it.
  const float scaled =
      std::log(static_cast<float>(steps) / static_cast<float>(exact)) /
      static_cast<float>(std::log(static_cast<double>(kBiasReach) / static_cast<double>(exact))) *
      static_cast<float>(half - exact);
  return side + std::min(exact + static_cast<size_t>(scaled), half - 1);
}

}  // namespace

Result<tensor::AlignedBuffer<float>> BiasByDistance(std::span<const float> buckets, size_t heads) {
  constexpr auto kReach = static_cast<int>(kBiasReach);
  constexpr size_t kDistances = 2 * kBiasReach + 1;
  LLMEMBED_ASSIGN_OR_RETURN(auto bias, tensor::AlignedBuffer<float>::Create(heads * kDistances));
  for (int distance = -kReach; distance <= kReach; ++distance) {
    const size_t bucket = BucketOf(distance, buckets.size() / heads);
    for (size_t head = 0; head < heads; ++head) {
      bias[head * kDistances + static_cast<size_t>(distance + kReach)] =
          buckets[bucket * heads + head];
    }
  }
  return bias;
}

}  // namespace llmembed::backbone
