// The kernels, as functions that launch them. All memory is the device's. Contracts beyond the
// types: compute/ops.h.
#pragma once

#include <cuda_runtime.h>

#include "compute/cuda/attention_plan.h"
#include "compute/cuda/device/fp8_rows.cuh"
#include "compute/ops.h"

namespace llmembed::compute::cuda {

Status LaunchEmbed(const EmbeddingTables& tables, const int32_t* ids, const int32_t* positions,
                   const Matrix& out, cudaStream_t stream);
Status LaunchAdd(const Matrix& x, const Matrix& residual, cudaStream_t stream);
// x[t] += bias; x of either type.
Status LaunchAddBias(const float* bias, const Matrix& x, cudaStream_t stream);
// quantized: the same as `rounded`, as fp8; where NormGivesFp8.
Status LaunchAddNorm(const NormWeights& weights, const Matrix& x, const Matrix& residual,
                     const Matrix& normed, const Matrix& rounded, const Fp8Rows& quantized,
                     cudaStream_t stream);
bool NormGivesFp8(const NormWeights& weights, size_t width);
Status LaunchActivate(Activation activation, const Matrix& x, cudaStream_t stream);
Status LaunchActivateGated(Activation activation, const Matrix& in, const Matrix& out,
                           cudaStream_t stream);
// The same, rounded to bf16 and then to fp8: of rows of bf16, where GateGivesFp8.
Status LaunchActivateGatedFp8(Activation activation, const Matrix& in, size_t width,
                              const Fp8Rows& out, cudaStream_t stream);
bool GateGivesFp8(size_t width);
Status LaunchTransformHeads(const AttentionShape& shape, const HeadTransform& transform,
                            const Matrix& qkv, cudaStream_t stream);

// Warps of the blocks that `tiles` were planned for: WarpsForAttention, or 1 with f32.
struct AttentionLaunch {
  const AttentionTile* tiles;
  size_t count;
  unsigned warps;
};
Status LaunchAttentionBF16(const AttentionShape& shape, const AttentionLaunch& launch,
                           const Matrix& qkv, const Matrix& out, cudaStream_t stream);
Status LaunchAttentionF32(const AttentionShape& shape, const AttentionLaunch& launch,
                          const Matrix& qkv, const Matrix& out, cudaStream_t stream);

// starts: [texts + 1], lengths: [texts] or null.
Status LaunchPool(PoolRule rule, const int32_t* starts, const int32_t* lengths, size_t texts,
                  const Matrix& states, const Matrix& out, cudaStream_t stream);

// Rows of f32 or bf16, of whole packs of 16 bytes, as fp8; and rows of fp8 as bf16.
Status LaunchQuantize(const Matrix& in, const Fp8Rows& out, cudaStream_t stream);
Status LaunchDequantize(const void* rows, const float* scales, const Matrix& out,
                        cudaStream_t stream);

// [count] numbers as bf16.
Status LaunchRound(const float* from, void* to, size_t count, cudaStream_t stream);

// y = x W^T + b for sizes that cuBLASLt has no kernel for. weight: [N, K] of x's type; bias: f32 or
// null.
Status LaunchPlainLinear(const Matrix& in, const void* weight, const float* bias, const Matrix& out,
                         Write write, cudaStream_t stream);

}  // namespace llmembed::compute::cuda
