#include "lexical/ngram_vocabulary.h"

#include <algorithm>
#include <functional>

namespace llmembed::lexical {
namespace {

uint32_t HashWord(std::string_view word) {
  return static_cast<uint32_t>(std::hash<std::string_view>{}(word));
}

// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
uint32_t HashTerm(uint32_t prefix, uint32_t word) {
  uint64_t x = (uint64_t{prefix} << 32U) | word;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return static_cast<uint32_t>(x ^ (x >> 31U));
}

}  // namespace

void NumberTable::Insert(uint32_t hash, uint32_t number) {
  if (2 * (used_ + 1) > slots_.size()) {
    std::vector<Slot> old(std::max<size_t>(16, 2 * slots_.size()));
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.number != kNone) Place(slot);
    }
  }
  Place({hash, number});
  ++used_;
}

void NumberTable::Place(Slot slot) {
  size_t i = slot.hash & mask();
  while (slots_[i].number != kNone) i = (i + 1) & mask();
  slots_[i] = slot;
}

uint64_t NgramVocabulary::bytes() const {
  return word_bytes_.capacity() + word_ends_.capacity() * sizeof(uint64_t) +
         terms_.capacity() * sizeof(Term) + words_.bytes() + term_numbers_.bytes();
}

uint32_t NgramVocabulary::FindWord(std::string_view text) const {
  return words_.Find(HashWord(text), [&](uint32_t number) { return word(number) == text; });
}

uint32_t NgramVocabulary::FindTerm(uint32_t prefix, uint32_t word) const {
  return term_numbers_.Find(HashTerm(prefix, word), [&](uint32_t number) {
    return terms_[number].prefix == prefix && terms_[number].word == word;
  });
}

uint32_t NgramVocabulary::AddWord(std::string_view text) {
  const uint32_t known = FindWord(text);
  if (known != kNone) return known;
  const auto added = static_cast<uint32_t>(word_ends_.size() - 1);
  word_bytes_ += text;
  word_ends_.push_back(word_bytes_.size());
  words_.Insert(HashWord(text), added);
  return added;
}

uint32_t NgramVocabulary::AddTerm(uint32_t prefix, uint32_t word) {
  const uint32_t known = FindTerm(prefix, word);
  if (known != kNone) return known;
  const uint32_t added = size();
  terms_.push_back({prefix, word});
  term_numbers_.Insert(HashTerm(prefix, word), added);
  uint32_t words = 1;
  for (; prefix != kNone; prefix = terms_[prefix].prefix) ++words;
  max_ngram_ = std::max(max_ngram_, words);
  return added;
}

void NgramVocabulary::AppendSpelling(uint32_t term, std::string* out) const {
  const Term& its = terms_[term];
  if (its.prefix != kNone) {
    AppendSpelling(its.prefix, out);
    out->push_back(' ');
  }
  out->append(word(its.word));
}

NgramVocabulary NgramVocabulary::Kept(const std::vector<bool>& keep) const {
  NgramVocabulary kept;
  std::vector<uint32_t> number(size(), kNone);  // in `kept`
  for (uint32_t term = 0; term < size(); ++term) {
    if (!keep[term]) continue;
    const Term& its = terms_[term];
    number[term] = kept.AddTerm(its.prefix == kNone ? kNone : number[its.prefix],
                                kept.AddWord(word(its.word)));
  }
  return kept;
}

}  // namespace llmembed::lexical
