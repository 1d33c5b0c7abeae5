#include "compute/dropout.h"

#include <algorithm>

namespace llmembed::compute {

void ReluDropout(const Dropout& dropout, std::span<float> values) {
  if (dropout.rate == 0.0) {
    for (float& value : values) value = std::max(value, 0.0F);
    return;
  }
  const auto dropped_below = static_cast<uint32_t>(dropout.rate * 4294967296.0);
  const float scale = dropout.kept_scale();
  for (float& value : values) {
    value = dropout.random->Next() < dropped_below ? 0.0F : std::max(value, 0.0F) * scale;
  }
}

void ReluDropoutGradient(const Dropout& dropout, std::span<const float> results,
                         std::span<float> gradient) {
  const float scale = dropout.kept_scale();
  for (size_t i = 0; i < gradient.size(); ++i) {
    gradient[i] = results[i] > 0.0F ? gradient[i] * scale : 0.0F;
  }
}

}  // namespace llmembed::compute
