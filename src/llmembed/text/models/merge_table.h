// The merges of byte-pair encoding: which two neighbours become one symbol, and which go first.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace llmembed::text {

// A rule: `left` directly before `right` becomes `result`.
struct SymbolMerge {
  uint32_t left;
  uint32_t right;
  uint32_t result;
};

// Finds rules by their pair. Built in O(n log n) and looked up in O(log n), whatever a file holds.
// Immutable once built, so safe to read from many threads.
class MergeTable {
 public:
  static constexpr uint32_t kNoRank = UINT32_MAX;

  // A rule's rank is its place in `merges`: the lowest goes first. Of rules with the same pair the
  // last one counts. Precondition: every symbol is below `symbol_count`, and there are fewer than
  // 2^32 - 1 rules.
  MergeTable(std::span<const SymbolMerge> merges, uint32_t symbol_count);

  // The pair's rank, or kNoRank. Precondition: both are below symbol_count.
  uint32_t RankOf(uint32_t left, uint32_t right) const {
    uint32_t begin = begins_[left];
    uint32_t end = begins_[left + 1];
    while (begin < end) {
      const uint32_t middle = begin + (end - begin) / 2;
      if (rules_[middle].right < right) {
        begin = middle + 1;
      } else {
        end = middle;
      }
    }
    return begin < begins_[left + 1] && rules_[begin].right == right ? rules_[begin].rank : kNoRank;
  }

  // What the rule of this rank makes.
  uint32_t ResultOf(uint32_t rank) const { return results_[rank]; }

 private:
  struct Rule {
    uint32_t right;
    uint32_t rank;
  };

  std::vector<uint32_t> begins_;   // symbol -> its first rule as `left`; one more than symbols
  std::vector<Rule> rules_;        // by left, then by right
  std::vector<uint32_t> results_;  // by rank
};

}  // namespace llmembed::text
