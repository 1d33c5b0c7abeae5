#include <algorithm>

#include "extract/pooling/pooling.h"

namespace llmembed::extract {

void PoolMean(const float* states, size_t length, size_t width, float* vector) {
  std::copy_n(states, width, vector);
  for (size_t t = 1; t < length; ++t) {
    const float* state = states + t * width;
    for (size_t i = 0; i < width; ++i) vector[i] += state[i];
  }
  const auto count = static_cast<float>(length);
  for (size_t i = 0; i < width; ++i) vector[i] /= count;
}

}  // namespace llmembed::extract
