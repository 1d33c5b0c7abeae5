// Operations of the reference backend that fill a file of their own. Contracts: compute/ops.h.
#pragma once

#include "compute/ops.h"

namespace llmembed::compute::ref {

float Apply(Activation activation, float x);

// `values` become their norm; an empty scale leaves them alone.
void Normalise(const NormWeights& weights, std::span<float> values);

void TransformHeads(const AttentionShape& shape, const HeadTransform& transform, const Matrix& qkv);

void Attention(const AttentionShape& shape, const PackedTexts& texts, const Matrix& qkv,
               const Matrix& out);

void Pool(PoolRule rule, const PackedTexts& texts, const Matrix& states, const Matrix& out);

}  // namespace llmembed::compute::ref
