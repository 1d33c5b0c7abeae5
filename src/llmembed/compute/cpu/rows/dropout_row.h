// The loops of compute/dropout.h over one row.
#pragma once

#include <cstddef>

#include "base/random.h"

namespace llmembed::compute::cpu {

// What becomes of a value that is not dropped.
struct RowDropout {
  uint64_t dropped_below = 0;  // numbers of 32 bits: 0 drops nothing, and nothing is drawn
  float kept_scale = 1.0F;
};

// values = max(0, values + bias), then dropout; draws one number for each. One thread.
void BiasReluDropoutRow(const RowDropout& dropout, const float* bias, size_t count,
                        base::Random* random, float* values);

// gradient = gradient * kept_scale where the result is positive, else 0. One thread.
void ReluDropoutGradientRow(float kept_scale, const float* results, size_t count, float* gradient);

}  // namespace llmembed::compute::cpu
