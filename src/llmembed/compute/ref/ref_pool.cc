// From the states of a text's tokens to one vector.
#include <algorithm>

#include "compute/ref/ref_ops.h"

namespace llmembed::compute::ref {
namespace {

// The states of one text: [padded_length, width], of which the first `length` are its own tokens'.
struct TextStates {
  const float* states;
  size_t length;
  size_t padded_length;
  size_t width;
};

void Mean(const TextStates& text, size_t length, float* vector) {
  std::copy_n(text.states, text.width, vector);
  for (size_t t = 1; t < length; ++t) {
    const float* state = text.states + t * text.width;
    for (size_t i = 0; i < text.width; ++i) vector[i] += state[i];
  }
  const auto count = static_cast<float>(length);
  for (size_t i = 0; i < text.width; ++i) vector[i] /= count;
}

void Largest(const TextStates& text, float* vector) {
  std::copy_n(text.states, text.width, vector);
  for (size_t t = 1; t < text.length; ++t) {
    const float* state = text.states + t * text.width;
    for (size_t i = 0; i < text.width; ++i) vector[i] = std::max(vector[i], state[i]);
  }
}

void PoolText(PoolRule rule, const TextStates& text, float* vector) {
  switch (rule) {
    case PoolRule::kMean:
      return Mean(text, text.length, vector);
    case PoolRule::kMeanAll:
      return Mean(text, text.padded_length, vector);
    case PoolRule::kMax:
      return Largest(text, vector);
    case PoolRule::kFirst:
      std::copy_n(text.states, text.width, vector);
      return;
    case PoolRule::kLast:
      std::copy_n(text.states + (text.length - 1) * text.width, text.width, vector);
      return;
  }
}

}  // namespace

void Pool(PoolRule rule, const PackedTexts& texts, const Matrix& states, const Matrix& out) {
  for (size_t i = 0; i < texts.size(); ++i) {
    const TextStates text{.states = states.f32() + texts.begin(i) * states.columns,
                          .length = texts.read(i),
                          .padded_length = texts.tokens(i),
                          .width = states.columns};
    PoolText(rule, text, out.f32() + i * out.columns);
  }
}

}  // namespace llmembed::compute::ref
