// Dropout (Srivastava et al. 2014), inverted: what is kept is scaled up, so that nothing has to be
// done when it is off.
#pragma once

#include <span>

#include "base/random.h"

namespace llmembed::compute {

// Each value is dropped with probability `rate`, at least 0 and less than 1.
struct Dropout {
  double rate = 0.0;
  base::Random* random = nullptr;  // may be null when the rate is 0

  float kept_scale() const { return static_cast<float>(1.0 / (1.0 - rate)); }
};

// max(0, value), then dropout, of each value: positive exactly where both let it through.
void ReluDropout(const Dropout& dropout, std::span<float> values);

// The gradient of ReluDropout: `gradient`, of its results, becomes that of its inputs.
void ReluDropoutGradient(const Dropout& dropout, std::span<const float> results,
                         std::span<float> gradient);

}  // namespace llmembed::compute
