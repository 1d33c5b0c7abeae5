// Our own vector kernels (Highway), compiled for several instruction sets; the best one that the
// CPU has is chosen at the first call. bf16 is carried as uint16_t bits. Contracts: compute/ops.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "compute/ops.h"

namespace llmembed::compute::cpu {

void Embed(const EmbeddingTables& tables, std::span<const int32_t> ids,
           std::span<const int32_t> position_ids, const Matrix& out);

void Add(const Matrix& x, const Matrix& residual);
void AddNorm(const NormWeights& weights, const Matrix& x, const Matrix& residual,
             const Matrix& normed, const Matrix& rounded);

void Activate(Activation activation, const Matrix& x);
void ActivateGated(Activation activation, const Matrix& in, const Matrix& out);

void TransformHeads(const AttentionShape& shape, const HeadTransform& transform, const Matrix& qkv);

// Floats of scratch that Attention needs for texts of up to `longest` tokens, with those before
// their own.
size_t AttentionScratch(const AttentionShape& shape, size_t longest);
// use_tiles: multiply bf16 by AMX, which the process must have permission for (oneDNN asks for it).
void Attention(const AttentionShape& shape, const PackedTexts& texts, const Matrix& qkv,
               const Matrix& out, float* scratch, bool use_tiles);

// "avx512", "avx2" or "baseline": what the kernels above run as.
const char* KernelTarget();

}  // namespace llmembed::compute::cpu
