// How the attention of a packed batch is cut into the work of thread blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "compute/cuda/host_device.h"
#include "compute/ops.h"

namespace llmembed::compute::cuda {

// Queries of one text that one thread block takes, head by head. 16 bytes, as kernels read it.
struct AttentionTile {
  int32_t first_token;  // of the text, in the batch
  int32_t tokens;       // of the text, padding too
  int32_t keys;         // of those, what is read
  int32_t first_query;  // in the text
};
static_assert(sizeof(AttentionTile) == 16);

// Rows of a warp's matrix instruction.
inline constexpr size_t kWarpQueries = 16;

// Warps of a block: 1, 2 or 4. Long texts want many, which share the keys that they read; texts
// of a few tokens would leave most of them idle.
unsigned WarpsForAttention(const PackedTexts& texts);

// All queries of the batch, `queries` at a time, in the order of the texts.
std::vector<AttentionTile> PlanAttention(const PackedTexts& texts, size_t queries);

struct KeyBlocks {
  int first, last;  // keys [first, last) in whole blocks from `first` on
};

// The keys that any of the queries [first_query, last_query) of a text sees.
LLMEMBED_HOST_DEVICE inline KeyBlocks VisibleKeys(int first_query, int last_query, int keys,
                                                  bool is_causal, int window, int block) {
  KeyBlocks range{0, keys};
  if (is_causal && last_query < range.last) range.last = last_query;
  if (window > 0 && first_query >= window) range.first = first_query - window + 1;
  range.first = range.first / block * block;
  if (range.first > range.last) range.first = range.last;
  return range;
}

// Whether every query of [first_query, last_query) sees every key of [first_key, last_key).
LLMEMBED_HOST_DEVICE inline bool AllVisible(int first_query, int last_query, int first_key,
                                            int last_key, int keys, bool is_causal, int window) {
  if (last_key > keys) return false;
  if (is_causal && last_key > first_query + 1) return false;
  return window == 0 || last_query - 1 - first_key < window;
}

// Whether a query sees a key, by their places in the text.
LLMEMBED_HOST_DEVICE inline bool IsVisible(int query, int key, int keys, bool is_causal,
                                           int window) {
  if (key >= keys || (is_causal && key > query)) return false;
  return window == 0 || query - key < window;
}

}  // namespace llmembed::compute::cuda
