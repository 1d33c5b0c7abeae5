// Our own vector kernels (Highway), compiled for several instruction sets; the best one that the
// CPU has is chosen at the first call. bf16 is carried as uint16_t bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "compute/ops.h"

namespace llmembed::compute::cpu {

void EmbedRows(const EmbeddingTables& tables, std::span<const int32_t> ids,
               std::span<const int32_t> position_ids, const Matrix& out);

void AddLayerNorm(const LayerNormWeights& weights, const Matrix& x, const Matrix& residual,
                  const Matrix& rounded);

void Activate(Activation activation, const Matrix& x);

void RoundToBF16(std::span<const float> in, uint16_t* out);

// Floats of scratch that Attention needs for texts of up to `longest` tokens.
size_t AttentionScratch(const AttentionShape& shape, size_t longest);
void Attention(const AttentionShape& shape, const Matrix& qkv, std::span<const int32_t> starts,
               const Matrix& out, float* scratch);

// "avx512", "avx2" or "baseline": what the kernels above run as.
const char* KernelTarget();

}  // namespace llmembed::compute::cpu
