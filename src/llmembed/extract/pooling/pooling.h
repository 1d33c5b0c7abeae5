// From the states of a text's tokens to one vector. One file a pooling, one line in pooling.cc.
#pragma once

#include <cstddef>

#include "fusion/tap.h"

namespace llmembed::extract {

// states: [length, width] f32, length >= 1, the text's own tokens; vector: [width].
using PoolFunction = void (*)(const float* states, size_t length, size_t width, float* vector);

PoolFunction PoolFunctionOf(fusion::Pooling pooling);

void PoolMean(const float* states, size_t length, size_t width, float* vector);
void PoolMax(const float* states, size_t length, size_t width, float* vector);
void PoolCls(const float* states, size_t length, size_t width, float* vector);
void PoolLast(const float* states, size_t length, size_t width, float* vector);

}  // namespace llmembed::extract
