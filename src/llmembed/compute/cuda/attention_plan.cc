#include "compute/cuda/attention_plan.h"

#include <algorithm>

namespace llmembed::compute::cuda {

unsigned WarpsForAttention(const PackedTexts& texts) {
  size_t longest = 0;
  for (size_t text = 0; text < texts.size(); ++text) {
    longest = std::max(longest, texts.tokens(text));
  }
  if (longest <= kWarpQueries) return 1;
  return longest <= 2 * kWarpQueries ? 2 : 4;
}

std::vector<AttentionTile> PlanAttention(const PackedTexts& texts, size_t queries) {
  std::vector<AttentionTile> tiles;
  for (size_t text = 0; text < texts.size(); ++text) {
    for (size_t query = 0; query < texts.tokens(text); query += queries) {
      tiles.push_back({.first_token = texts.starts[text],
                       .tokens = static_cast<int32_t>(texts.tokens(text)),
                       .keys = static_cast<int32_t>(texts.read(text)),
                       .first_query = static_cast<int32_t>(query)});
    }
  }
  return tiles;
}

}  // namespace llmembed::compute::cuda
