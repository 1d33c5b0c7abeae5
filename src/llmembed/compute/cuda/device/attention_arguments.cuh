// What both attention kernels are told.
#pragma once

#include "compute/cuda/attention_plan.h"
#include "compute/ops.h"

namespace llmembed::compute::cuda {

struct AttentionArguments {
  const AttentionTile* tiles;
  int row_width, out_width;      // of qkv and of what comes out
  int key_column, value_column;  // of qkv
  int head_size, group;          // query heads that read one head of keys
  float scale;
  float score_cap;    // 0: none
  const float* bias;  // [heads, 2 * reach + 1], or null
  int reach;
  bool is_causal;
  int window;  // 0: none
};

inline AttentionArguments ArgumentsOf(const AttentionShape& shape, const AttentionTile* tiles) {
  return {.tiles = tiles,
          .row_width = static_cast<int>(shape.qkv_width()),
          .out_width = static_cast<int>(shape.query_width()),
          .key_column = static_cast<int>(shape.query_width()),
          .value_column = static_cast<int>(shape.query_width() + shape.kv_width()),
          .head_size = static_cast<int>(shape.head_size),
          .group = static_cast<int>(shape.heads / shape.kv_heads),
          .scale = shape.scale,
          .score_cap = shape.score_cap,
          .bias = shape.distance_bias.empty() ? nullptr : shape.distance_bias.data(),
          .reach = static_cast<int>(shape.reach),
          .is_causal = shape.is_causal,
          .window = static_cast<int>(shape.window)};
}

#ifdef __CUDACC__
// distance: the key's place less the query's.
__device__ inline float CappedAndBiased(const AttentionArguments& a, float score, int head,
                                        int distance) {
  if (a.score_cap > 0.0F) score = a.score_cap * tanhf(score / a.score_cap);
  if (a.bias != nullptr) {
    const int entry = min(max(distance, -a.reach), a.reach) + a.reach;
    score += a.bias[head * (2 * a.reach + 1) + entry];
  }
  return score;
}
#endif

}  // namespace llmembed::compute::cuda
