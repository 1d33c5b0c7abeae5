// Relative position biases in buckets of distance (Raffel et al. 2020, section 2.1, as MPNet has
// them).
#pragma once

#include <cstddef>
#include <span>

#include "llmembed/status.h"
#include "tensor/aligned_buffer.h"

namespace llmembed::backbone {

// From this distance on all keys on one side share a bucket.
inline constexpr size_t kBiasReach = 128;

// buckets: [buckets, heads], one half of them for keys behind the query; the result, as attention
// takes it: [heads, 2 * kBiasReach + 1]. Precondition: at least 4 buckets.
Result<tensor::AlignedBuffer<float>> BiasByDistance(std::span<const float> buckets, size_t heads);

}  // namespace llmembed::backbone
