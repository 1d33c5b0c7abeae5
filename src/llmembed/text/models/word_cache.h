// Words whose ids were found once, so that a common word costs one look-up.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace llmembed::text {

// A word, once in, stays: there is nothing to evict or to free, and neither side ever waits for
// the other. When its places are taken a word is not kept. Common words come early in any text,
// which is why that serves nearly as well as evicting. Safe to use from many threads.
class WordCache {
 public:
  static constexpr size_t kMaxWordBytes = 26;
  static constexpr size_t kMaxIds = 8;

  WordCache();

  // Appends the word's ids; false when the word is not there.
  bool Find(std::string_view word, std::vector<int32_t>* ids) const;

  // Keeps the word unless it or its ids are too long, or there is no place for it.
  void Insert(std::string_view word, std::span<const int32_t> ids);

 private:
  enum State : uint32_t { kEmpty = 0, kBeingWritten, kReady };

  // One cache line. The other fields are written once, between kBeingWritten and kReady.
  struct alignas(64) Slot {
    std::atomic<uint32_t> state{kEmpty};
    uint8_t word_size;
    uint8_t id_count;
    char word[kMaxWordBytes];
    int32_t ids[kMaxIds];
  };
  static_assert(sizeof(Slot) == 64);

  static constexpr size_t kSlots = 1U << 15U;  // 2 MiB
  static constexpr size_t kPlaces = 4;         // neighbours in which a word can stand

  static size_t FirstPlace(std::string_view word);

  std::unique_ptr<Slot[]> slots_;
};

}  // namespace llmembed::text
