#include "compute/cuda/attention_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "compute/op_cases/op_cases.h"
#include "compute/op_cases/random_data.h"

namespace llmembed::compute::cuda {
namespace {

// By the rules of compute/ops.h, as the reference has them.
bool Sees(const AttentionShape& shape, int query, int key, int keys) {
  int last = keys;
  if (shape.is_causal) last = std::min(last, query + 1);
  const int window = static_cast<int>(shape.window);
  const int first = window > 0 && query >= window ? query - window + 1 : 0;
  return key >= first && key < last;
}

TEST(AttentionPlanTest, EveryQueryOfEveryCaseOnce) {
  for (const AttentionCase& one : AttentionCases()) {
    const std::vector<int32_t> starts = StartsOf(one.tokens);
    PackedTexts texts;
    texts.starts = starts;
    texts.lengths = one.read;
    const size_t queries = WarpsForAttention(texts) * kWarpQueries;
    std::vector<int> seen(static_cast<size_t>(starts.back()), 0);
    for (const AttentionTile& tile : PlanAttention(texts, queries)) {
      const int end = std::min(tile.first_query + static_cast<int>(queries), tile.tokens);
      ASSERT_LT(tile.first_query, end);
      for (int query = tile.first_query; query < end; ++query) {
        ++seen[static_cast<size_t>(tile.first_token + query)];
      }
      ASSERT_LE(tile.keys, tile.tokens);
    }
    EXPECT_TRUE(std::ranges::all_of(seen, [](int times) { return times == 1; }));
  }
}

// What kernels do with the blocks of keys comes to the reference's rules, key by key.
TEST(AttentionPlanTest, BlocksOfKeysHoldWhatQueriesSee) {
  for (const AttentionCase& one : AttentionCases()) {
    const AttentionShape& shape = one.shape;
    const int window = static_cast<int>(shape.window);
    for (size_t text = 0; text < one.tokens.size(); ++text) {
      const int tokens = one.tokens[text];
      const int keys = one.read.empty() ? tokens : one.read[text];
      for (const int block : {32, 64}) {
        for (int first = 0; first < tokens; first += 16) {
          const int last = std::min(first + 16, tokens);
          const KeyBlocks range = VisibleKeys(first, last, keys, shape.is_causal, window, block);
          EXPECT_TRUE(range.first % block == 0 || range.first == range.last);
          for (int query = first; query < last; ++query) {
            for (int key = 0; key < keys; ++key) {
              const bool sees = Sees(shape, query, key, keys);
              EXPECT_EQ(IsVisible(query, key, keys, shape.is_causal, window), sees);
              EXPECT_TRUE(!sees || (key >= range.first && key < range.last));
            }
          }
        }
      }
    }
  }
}

TEST(AttentionPlanTest, ABlockIsAllVisibleOnlyIfEachOfItsKeysIs) {
  for (const bool is_causal : {false, true}) {
    for (const int window : {0, 1, 20, 70}) {
      for (int query = 0; query < 128; query += 16) {
        for (int key = 0; key < 128; key += 32) {
          const bool all = AllVisible(query, query + 16, key, key + 32, 100, is_causal, window);
          bool each = true;
          for (int q = query; q < query + 16; ++q) {
            for (int k = key; k < key + 32; ++k) {
              each = each && IsVisible(q, k, 100, is_causal, window);
            }
          }
          EXPECT_EQ(all, each) << query << " " << key << " " << is_causal << " " << window;
        }
      }
    }
  }
}

TEST(AttentionPlanTest, ShortTextsTakeFewWarps) {
  const auto warps = [](std::vector<int32_t> lengths) {
    const std::vector<int32_t> starts = StartsOf(lengths);
    PackedTexts texts;
    texts.starts = starts;
    return WarpsForAttention(texts);
  };
  EXPECT_EQ(warps({1, 16}), 1U);
  EXPECT_EQ(warps({17, 3}), 2U);
  EXPECT_EQ(warps({3, 33}), 4U);
}

}  // namespace
}  // namespace llmembed::compute::cuda
