// Which terms a model knows: words, and n-grams of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace llmembed::lexical {

// Numbers found by a hash; whoever asks compares the keys, which lie elsewhere. Open addressing
// with linear probing, 8 bytes a slot, at most half full.
class NumberTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // The number with this hash for which is_equal(number), or kNone.
  template <typename IsEqual>
  uint32_t Find(uint32_t hash, const IsEqual& is_equal) const {
    if (slots_.empty()) return kNone;
    for (size_t i = hash & mask();; i = (i + 1) & mask()) {
      const Slot& slot = slots_[i];
      if (slot.number == kNone || (slot.hash == hash && is_equal(slot.number))) return slot.number;
    }
  }

  // Precondition: the key was not found.
  void Insert(uint32_t hash, uint32_t number);

  uint64_t bytes() const { return slots_.size() * sizeof(Slot); }

 private:
  struct Slot {
    uint32_t hash = 0;
    uint32_t number = kNone;
  };

  size_t mask() const { return slots_.size() - 1; }
  void Place(Slot slot);

  std::vector<Slot> slots_;  // a power of two of them
  size_t used_ = 0;
};

// Terms numbered from 0 as they are added. A term is a known term, its prefix, and one word more;
// or a single word, which has no prefix. So the prefix of an n-gram is always a term too, and costs
// nothing to keep: it stands in no fewer texts. Safe to read from many threads.
class NgramVocabulary {
 public:
  static constexpr uint32_t kNone = NumberTable::kNone;

  uint32_t size() const { return static_cast<uint32_t>(terms_.size()); }  // terms
  uint32_t max_ngram() const { return max_ngram_; }                       // words of the longest
  uint64_t bytes() const;                                                 // of memory

  // The number of a word (not that of a term), or kNone.
  uint32_t FindWord(std::string_view word) const;
  // The term that consists of the term `prefix` (kNone: of nothing) and the word, or kNone.
  uint32_t FindTerm(uint32_t prefix, uint32_t word) const;

  // As above, but what is not there is added. There is room for 2^32 - 2 words and terms.
  uint32_t AddWord(std::string_view word);
  uint32_t AddTerm(uint32_t prefix, uint32_t word);

  // Appends the term's words with a blank between them.
  void AppendSpelling(uint32_t term, std::string* out) const;

  // The terms for which keep[term], in their order. Precondition: prefixes of kept terms, and the
  // words of kept terms as terms, are kept.
  NgramVocabulary Kept(const std::vector<bool>& keep) const;

 private:
  struct Term {
    uint32_t prefix;
    uint32_t word;
  };

  std::string_view word(uint32_t number) const {
    const uint64_t begin = word_ends_[number];
    return std::string_view(word_bytes_).substr(begin, word_ends_[number + 1] - begin);
  }

  std::string word_bytes_;  // word after word
  std::vector<uint64_t> word_ends_{0};
  NumberTable words_;
  std::vector<Term> terms_;
  NumberTable term_numbers_;
  uint32_t max_ngram_ = 0;
};

}  // namespace llmembed::lexical
