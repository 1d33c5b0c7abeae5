#include "text/models/vocabulary.h"

#include <utility>

namespace llmembed::text {
namespace {

// How a piece that may hold anything is shown in a message.
std::string Shown(std::string_view piece) {
  constexpr size_t kMaxShown = 40;
  if (piece.size() <= kMaxShown) return "\"" + std::string(piece) + "\"";
  return "a piece of " + std::to_string(piece.size()) + " bytes";
}

}  // namespace

Result<Vocabulary> Vocabulary::Create(const std::vector<VocabularyPiece>& pieces,
                                      const std::string& where) {
  const auto corrupt = [&where](const std::string& what) {
    return Status(StatusCode::kCorrupt, where + ": " + what);
  };
  if (pieces.empty() || pieces.size() > kMaxPieces) {
    return corrupt(std::to_string(pieces.size()) + " pieces, expected 1 to " +
                   std::to_string(kMaxPieces));
  }
  std::vector<bool> is_taken(pieces.size(), false);
  std::vector<Trie::Entry> entries;
  entries.reserve(pieces.size());
  for (const VocabularyPiece& piece : pieces) {
    if (piece.text.empty()) return corrupt("an empty piece");
    if (piece.text.size() > kMaxPieceBytes) {
      return corrupt(Shown(piece.text) + ", expected at most " + std::to_string(kMaxPieceBytes));
    }
    if (piece.id < 0 || static_cast<uint64_t>(piece.id) >= pieces.size()) {
      return corrupt(Shown(piece.text) + " has the id " + std::to_string(piece.id) +
                     ", expected one below the number of pieces, " + std::to_string(pieces.size()));
    }
    const auto id = static_cast<size_t>(piece.id);
    if (is_taken[id]) {
      return corrupt("the id " + std::to_string(id) + " of " + Shown(piece.text) +
                     " is another piece's too");
    }
    is_taken[id] = true;
    entries.push_back({piece.text, static_cast<int32_t>(id)});
  }
  Vocabulary vocabulary(Trie(std::move(entries)), static_cast<uint32_t>(pieces.size()));
  for (const VocabularyPiece& piece : pieces) {
    if (vocabulary.IdOf(piece.text) != piece.id) {
      return corrupt(Shown(piece.text) + " stands twice");
    }
  }
  return vocabulary;
}

std::optional<int32_t> Vocabulary::IdOf(std::string_view piece) const {
  const uint32_t node = trie_.Find(piece);
  if (node == Trie::kNoNode || trie_.ValueAt(node) == Trie::kNoValue) return std::nullopt;
  return trie_.ValueAt(node);
}

}  // namespace llmembed::text
