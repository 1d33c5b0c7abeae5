#include "text/models/word_cache.h"

#include <algorithm>
#include <cstring>

namespace llmembed::text {
namespace {

constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15;  // 2^64 / the golden ratio

uint64_t Mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * kMultiplier;
  return hash ^ (hash >> 32U);
}

}  // namespace

WordCache::WordCache() : slots_(new Slot[kSlots]) {}

// Texts that make many words meet in one place only make the cache useless, not slow.
size_t WordCache::FirstPlace(std::string_view word) {
  uint64_t hash = word.size();
  while (word.size() >= sizeof(uint64_t)) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, word.data(), sizeof(bytes));
    hash = Mix(hash, bytes);
    word.remove_prefix(sizeof(bytes));
  }
  uint64_t rest = 0;
  std::memcpy(&rest, word.data(), word.size());
  return (Mix(hash, rest) * kMultiplier >> 32U) % kSlots / kPlaces * kPlaces;
}

bool WordCache::Find(std::string_view word, std::vector<int32_t>* ids) const {
  if (word.size() > kMaxWordBytes) return false;
  const size_t first = FirstPlace(word);
  for (size_t place = first; place < first + kPlaces; ++place) {
    const Slot& slot = slots_[place];
    if (slot.state.load(std::memory_order_acquire) != kReady) return false;
    if (std::string_view(slot.word, slot.word_size) == word) {
      ids->insert(ids->end(), slot.ids, slot.ids + slot.id_count);
      return true;
    }
  }
  return false;
}

void WordCache::Insert(std::string_view word, std::span<const int32_t> ids) {
  if (word.size() > kMaxWordBytes || ids.size() > kMaxIds) return;
  const size_t first = FirstPlace(word);
  for (size_t place = first; place < first + kPlaces; ++place) {
    Slot& slot = slots_[place];
    uint32_t expected = kEmpty;
    if (!slot.state.compare_exchange_strong(expected, kBeingWritten, std::memory_order_relaxed)) {
      continue;
    }
    slot.word_size = static_cast<uint8_t>(word.size());
    slot.id_count = static_cast<uint8_t>(ids.size());
    std::copy(word.begin(), word.end(), slot.word);
    std::copy(ids.begin(), ids.end(), slot.ids);
    slot.state.store(kReady, std::memory_order_release);
    return;
  }
}

}  // namespace llmembed::text
