#include <algorithm>

#include "extract/pooling/pooling.h"

namespace llmembed::extract {

void PoolMax(const TextStates& text, float* vector) {
  std::copy_n(text.states, text.width, vector);
  for (size_t t = 1; t < text.length; ++t) {
    const float* state = text.states + t * text.width;
    for (size_t i = 0; i < text.width; ++i) vector[i] = std::max(vector[i], state[i]);
  }
}

}  // namespace llmembed::extract
