#include <algorithm>

#include "extract/pooling/pooling.h"

namespace llmembed::extract {
namespace {

void Mean(const TextStates& text, size_t length, float* vector) {
  std::copy_n(text.states, text.width, vector);
  for (size_t t = 1; t < length; ++t) {
    const float* state = text.states + t * text.width;
    for (size_t i = 0; i < text.width; ++i) vector[i] += state[i];
  }
  const auto count = static_cast<float>(length);
  for (size_t i = 0; i < text.width; ++i) vector[i] /= count;
}

}  // namespace

void PoolMean(const TextStates& text, float* vector) { Mean(text, text.length, vector); }

void PoolMeanAll(const TextStates& text, float* vector) { Mean(text, text.padded_length, vector); }

}  // namespace llmembed::extract
