// The steps of attention_bf16.cu: what a warp does with a block of keys. Included there alone.
#pragma once

#include "compute/cuda/device/attention_arguments.cuh"
#include "compute/cuda/device/support.cuh"
#include "compute/cuda/device/tensor_core.cuh"

namespace llmembed::compute::cuda {
namespace {

constexpr float kLog2E = 1.4426950408889634F;

// 2^x; what would be less than the smallest normal number is 0.
__device__ inline float Exp2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// Sizes of a kernel for heads of up to kHead numbers, and blocks of kBlock keys.
template <int kHead, int kBlock>
struct Sizes {
  static constexpr int kHeadSize = kHead;  // at most
  static constexpr int kKeys = kBlock;
  // Sixteen bytes more than the numbers: eight rows then lie in different banks.
  static constexpr int kStride = kHead + 8;
  static constexpr int kHeadSteps = kHead / 16;        // of the products' inner dimension
  static constexpr int kHeadTiles = kHead / 8;         // of the sums' columns
  static constexpr int kKeyTiles = kKeys / 8;          // of the scores' columns
  static constexpr bool kKeepsQueries = kHead <= 128;  // in registers; else there are too few
  static size_t SharedBytes(int warps) {
    return static_cast<size_t>(16 * warps + 2 * kKeys) * kStride * sizeof(bf16);
  }
};

// Rows [first, first + rows) of a head into shared memory, zeros behind `limit` rows and behind the
// head's own numbers. from: the head's numbers in row 0.
template <typename S>
__device__ void LoadRows(const AttentionArguments& a, const bf16* from, int first, int rows,
                         int limit, bool in_packs, bf16* to) {
  constexpr int kStride = S::kStride;
  if (in_packs) {
    constexpr int kPacks = S::kHeadSize / 8;
    for (int i = threadIdx.x; i < rows * kPacks; i += blockDim.x) {
      const int row = i / kPacks;
      const int column = i % kPacks * 8;
      const bool is_there = first + row < limit && column < a.head_size;
      const bf16* source = from + static_cast<size_t>(first + row) * a.row_width + column;
      CopyAsync(to + row * kStride + column, is_there ? source : from, is_there);
    }
    return;
  }
  for (int i = threadIdx.x; i < rows * S::kHeadSize; i += blockDim.x) {
    const int row = i / S::kHeadSize;
    const int column = i % S::kHeadSize;
    const bool is_there = first + row < limit && column < a.head_size;
    to[row * kStride + column] = is_there
                                     ? from[static_cast<size_t>(first + row) * a.row_width + column]
                                     : __float2bfloat16_rn(0.0F);
  }
}

// What a warp knows of its queries. A lane has parts of the rows lane / 4 and 8 behind that.
template <typename S>
struct WarpState {
  float sum[S::kHeadTiles][4] = {};
  float largest[2] = {-INFINITY, -INFINITY};
  float total[2] = {0.0F, 0.0F};
};

struct Place {
  int head;
  int first_query;  // of the warp, in the text
  int first_key;    // of the block
  int keys;         // of the text
};

// score = Q K^T of a warp's queries and a block of keys.
template <typename S>
__device__ void Scores(const bf16* queries, const bf16* keys,
                       const uint32_t (&kept)[S::kHeadSteps][4], float (&score)[S::kKeyTiles][4]) {
#pragma unroll
  for (int tile = 0; tile < S::kKeyTiles; ++tile) {
    score[tile][0] = score[tile][1] = score[tile][2] = score[tile][3] = 0.0F;
  }
#pragma unroll
  for (int step = 0; step < S::kHeadSteps; ++step) {
    uint32_t query[4];
    if constexpr (S::kKeepsQueries) {
#pragma unroll
      for (int i = 0; i < 4; ++i) query[i] = kept[step][i];
    } else {
      LoadA(queries + step * 16, S::kStride, query);
    }
#pragma unroll
    for (int pair = 0; pair < S::kKeyTiles / 2; ++pair) {
      uint32_t key[4];
      LoadB(keys + pair * 16 * S::kStride + step * 16, S::kStride, key);
      Multiply(query, key[0], key[1], score[2 * pair]);
      Multiply(query, key[2], key[3], score[2 * pair + 1]);
    }
  }
}

// Scaled, capped, biased; what a query does not see is -infinity. In units of log 2.
template <typename S, bool kIsPlain>
__device__ void Finish(const AttentionArguments& a, const Place& place,
                       float (&score)[S::kKeyTiles][4]) {
  const int lane = threadIdx.x % 32;
  const bool sees_all = AllVisible(place.first_query, place.first_query + 16, place.first_key,
                                   place.first_key + S::kKeys, place.keys, a.is_causal, a.window);
  const float scale = a.scale * kLog2E;
#pragma unroll
  for (int tile = 0; tile < S::kKeyTiles; ++tile) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int query = place.first_query + lane / 4 + (i / 2) * 8;
      const int key = place.first_key + tile * 8 + lane % 4 * 2 + i % 2;
      if constexpr (kIsPlain) {
        score[tile][i] *= scale;
      } else {
        score[tile][i] =
            kLog2E * CappedAndBiased(a, score[tile][i] * a.scale, place.head, key - query);
      }
      if (!sees_all && !IsVisible(query, key, place.keys, a.is_causal, a.window)) {
        score[tile][i] = -INFINITY;
      }
    }
  }
}

// Scores become shares of the running softmax; what was summed up shrinks to its new largest score.
template <typename S>
__device__ void Soften(float (&score)[S::kKeyTiles][4], WarpState<S>* state) {
#pragma unroll
  for (int row = 0; row < 2; ++row) {
    float largest = state->largest[row];
#pragma unroll
    for (int tile = 0; tile < S::kKeyTiles; ++tile) {
      largest = fmaxf(largest, fmaxf(score[tile][2 * row], score[tile][2 * row + 1]));
    }
    largest = fmaxf(largest, __shfl_xor_sync(0xffffffffU, largest, 1));
    largest = fmaxf(largest, __shfl_xor_sync(0xffffffffU, largest, 2));
    const float base = largest == -INFINITY ? 0.0F : largest;  // no key was seen yet
    const float shrink = Exp2(state->largest[row] - base);
    state->largest[row] = largest;
    float total = 0.0F;
#pragma unroll
    for (int tile = 0; tile < S::kKeyTiles; ++tile) {
#pragma unroll
      for (int i = 2 * row; i < 2 * row + 2; ++i) {
        score[tile][i] = Exp2(score[tile][i] - base);
        total += score[tile][i];
      }
    }
    state->total[row] = state->total[row] * shrink + total;  // of this lane's keys
#pragma unroll
    for (int tile = 0; tile < S::kHeadTiles; ++tile) {
      state->sum[tile][2 * row] *= shrink;
      state->sum[tile][2 * row + 1] *= shrink;
    }
  }
}

// sum += shares V
template <typename S>
__device__ void AddValues(const float (&share)[S::kKeyTiles][4], const bf16* values,
                          WarpState<S>* state) {
#pragma unroll
  for (int step = 0; step < S::kKeys / 16; ++step) {
    // What the scores' tiles hold lies as the next product reads it.
    const uint32_t weights[4] = {PackPair(share[2 * step][0], share[2 * step][1]),
                                 PackPair(share[2 * step][2], share[2 * step][3]),
                                 PackPair(share[2 * step + 1][0], share[2 * step + 1][1]),
                                 PackPair(share[2 * step + 1][2], share[2 * step + 1][3])};
#pragma unroll
    for (int pair = 0; pair < S::kHeadTiles / 2; ++pair) {
      uint32_t value[4];
      LoadTransposedB(values + step * 16 * S::kStride + pair * 16, S::kStride, value);
      Multiply(weights, value[0], value[1], state->sum[2 * pair]);
      Multiply(weights, value[2], value[3], state->sum[2 * pair + 1]);
    }
  }
}

template <typename S>
__device__ void Store(const AttentionArguments& a, const AttentionTile& tile, const Place& place,
                      const WarpState<S>& state, bf16* out) {
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int row = 0; row < 2; ++row) {
    float total = state.total[row];
    total += __shfl_xor_sync(0xffffffffU, total, 1);
    total += __shfl_xor_sync(0xffffffffU, total, 2);
    const float factor = total > 0.0F ? 1.0F / total : 0.0F;
    const int query = place.first_query + lane / 4 + row * 8;
    if (query >= tile.tokens) continue;
    bf16* to = out + (static_cast<size_t>(tile.first_token) + query) * a.out_width +
               static_cast<size_t>(place.head) * a.head_size;
#pragma unroll
    for (int t = 0; t < S::kHeadTiles; ++t) {
      const int column = t * 8 + lane % 4 * 2;
      const float first = state.sum[t][2 * row] * factor;
      const float second = state.sum[t][2 * row + 1] * factor;
      if (column + 1 < a.head_size && a.head_size % 2 == 0) {
        *reinterpret_cast<uint32_t*>(to + column) = PackPair(first, second);
      } else {
        if (column < a.head_size) to[column] = __float2bfloat16_rn(first);
        if (column + 1 < a.head_size) to[column + 1] = __float2bfloat16_rn(second);
      }
    }
  }
}

}  // namespace
}  // namespace llmembed::compute::cuda
