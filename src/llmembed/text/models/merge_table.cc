#include "text/models/merge_table.h"

#include <algorithm>
#include <numeric>

namespace llmembed::text {

MergeTable::MergeTable(std::span<const SymbolMerge> merges, uint32_t symbol_count)
    : begins_(symbol_count + size_t{1}, 0) {
  results_.reserve(merges.size());
  for (const SymbolMerge& merge : merges) results_.push_back(merge.result);

  std::vector<uint32_t> order(merges.size());  // by pair, and of one pair the last rule first
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&merges](uint32_t a, uint32_t b) {
    const SymbolMerge& first = merges[a];
    const SymbolMerge& second = merges[b];
    if (first.left != second.left) return first.left < second.left;
    if (first.right != second.right) return first.right < second.right;
    return a > b;
  });
  rules_.reserve(merges.size());
  const SymbolMerge* previous = nullptr;
  for (const uint32_t rank : order) {
    const SymbolMerge& merge = merges[rank];
    const bool is_repeated =
        previous != nullptr && previous->left == merge.left && previous->right == merge.right;
    if (!is_repeated) {
      rules_.push_back({merge.right, rank});
      ++begins_[merge.left + size_t{1}];
    }
    previous = &merge;
  }
  std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
}

}  // namespace llmembed::text
