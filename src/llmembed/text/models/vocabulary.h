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
  static constexpr int64_t kMaxId = (1 << 24) - 1;

  // The pieces in any order; ids may leave gaps, as files do whose added tokens stand between the
  // pieces. kCorrupt: an id given twice or beyond kMaxId, too many or too long pieces, one that
  // stands twice. `where` names the source in messages. The pieces' bytes are not needed
  // afterwards.
  static Result<Vocabulary> Create(const std::vector<VocabularyPiece>& pieces,
                                   const std::string& where);

  std::optional<int32_t> IdOf(std::string_view piece) const;
  uint32_t piece_count() const { return piece_count_; }
  uint32_t id_limit() const { return id_limit_; }  // one more than the largest id
  const Trie& trie() const { return trie_; }

 private:
  Vocabulary(Trie trie, uint32_t piece_count, uint32_t id_limit)
      : trie_(std::move(trie)), piece_count_(piece_count), id_limit_(id_limit) {}

  Trie trie_;  // piece -> id
  uint32_t piece_count_;
  uint32_t id_limit_;
};

}  // namespace llmembed::text
