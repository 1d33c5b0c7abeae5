// From the states of a text's tokens to one vector. One file a pooling, one line in pooling.cc.
#pragma once

#include <cstddef>

#include "fusion/tap.h"

namespace llmembed::extract {

// The states of one text: [padded_length, width] f32, of which the first `length` are the text's
// own tokens and the others padding. 1 <= length <= padded_length.
struct TextStates {
  const float* states = nullptr;
  size_t length = 0;
  size_t padded_length = 0;
  size_t width = 0;
};

// vector: [width].
using PoolFunction = void (*)(const TextStates& text, float* vector);

// kPooler is kCls here: what goes into the backbone's pooler.
PoolFunction PoolFunctionOf(fusion::Pooling pooling);

void PoolMean(const TextStates& text, float* vector);
void PoolMeanAll(const TextStates& text, float* vector);
void PoolMax(const TextStates& text, float* vector);
void PoolCls(const TextStates& text, float* vector);
void PoolLast(const TextStates& text, float* vector);

}  // namespace llmembed::extract
