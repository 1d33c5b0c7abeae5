#include "text/models/merge_symbols.h"

#include <algorithm>
#include <functional>

namespace llmembed::text {
namespace {

constexpr uint32_t kNone = UINT32_MAX;  // no place; no symbol

// The symbols as a linked list over their first places, and the pairs that may merge as a heap.
class Merger {
 public:
  Merger(const MergeTable& merges, std::pmr::vector<uint32_t>* symbols)
      : merges_(merges),
        symbols_(*symbols),
        links_(symbols->get_allocator()),
        queue_(symbols->get_allocator()) {
    const auto count = static_cast<uint32_t>(symbols_.size());
    links_.reserve(count);
    queue_.reserve(2 * size_t{count});
    for (uint32_t place = 0; place < count; ++place) {
      links_.push_back({place == 0 ? kNone : place - 1, place + 1 == count ? kNone : place + 1});
    }
    for (uint32_t place = 0; place + 1 < count; ++place) {
      const uint32_t rank = merges_.RankOf(symbols_[place], symbols_[place + 1]);
      if (rank != MergeTable::kNoRank) queue_.push_back(Candidate(rank, place));
    }
    std::make_heap(queue_.begin(), queue_.end(), std::greater<>());
  }

  void Run() {
    while (!queue_.empty()) {
      std::pop_heap(queue_.begin(), queue_.end(), std::greater<>());
      const uint64_t candidate = queue_.back();
      queue_.pop_back();
      TryMerge(static_cast<uint32_t>(candidate), static_cast<uint32_t>(candidate >> 32U));
    }
    symbols_.erase(std::remove(symbols_.begin(), symbols_.end(), kNone), symbols_.end());
  }

 private:
  struct Link {
    uint32_t previous;
    uint32_t next;
  };

  // In the order in which pairs merge: by rank, then by place.
  static uint64_t Candidate(uint32_t rank, uint32_t place) { return uint64_t{rank} << 32U | place; }

  void Push(uint32_t place) {
    const uint32_t rank = merges_.RankOf(symbols_[place], symbols_[links_[place].next]);
    if (rank == MergeTable::kNoRank) return;
    queue_.push_back(Candidate(rank, place));
    std::push_heap(queue_.begin(), queue_.end(), std::greater<>());
  }

  // Merges the symbol at `place` with the next one, unless the pair has changed since it was
  // queued.
  void TryMerge(uint32_t place, uint32_t rank) {
    if (symbols_[place] == kNone || links_[place].next == kNone) return;
    const uint32_t right = links_[place].next;
    const uint32_t rank_now = merges_.RankOf(symbols_[place], symbols_[right]);
    // The reference compares what the rules make, not the rules.
    if (rank_now == MergeTable::kNoRank || merges_.ResultOf(rank_now) != merges_.ResultOf(rank)) {
      return;
    }
    symbols_[place] = merges_.ResultOf(rank);
    symbols_[right] = kNone;
    const uint32_t next = links_[right].next;
    links_[place].next = next;
    if (next != kNone) links_[next].previous = place;
    if (links_[place].previous != kNone) Push(links_[place].previous);
    if (next != kNone) Push(place);
  }

  const MergeTable& merges_;
  std::pmr::vector<uint32_t>& symbols_;
  std::pmr::vector<Link> links_;
  std::pmr::vector<uint64_t> queue_;
};

}  // namespace

void MergeSymbols(const MergeTable& merges, std::pmr::vector<uint32_t>* symbols) {
  if (symbols->size() > 1) Merger(merges, symbols).Run();
}

}  // namespace llmembed::text
