// The pieces of a model and their ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llmembed/status.h"
#include "text/trie.h"

namespace llmembed::text {

struct VocabularyPiece {
  std::string_view text;
  int64_t id;
};

// Immutable once made, so safe to read from many threads.
class Vocabulary {
 public:
  static constexpr size_t kMaxPieces = 2'000'000;
  static constexpr size_t kMaxPieceBytes = 1024;

  // The ids have to be 0, 1, ... in any order: a gap, an id given twice and an id beyond the
  // vocabulary are all kCorrupt, as are too many or too long pieces and a piece that stands twice.
  // `where` names the source in messages. The pieces' bytes are not needed afterwards.
  static Result<Vocabulary> Create(const std::vector<VocabularyPiece>& pieces,
                                   const std::string& where);

  std::optional<int32_t> IdOf(std::string_view piece) const;
  uint32_t size() const { return size_; }
  const Trie& trie() const { return trie_; }

 private:
  Vocabulary(Trie trie, uint32_t size) : trie_(std::move(trie)), size_(size) {}

  Trie trie_;  // piece -> id
  uint32_t size_;
};

}  // namespace llmembed::text
