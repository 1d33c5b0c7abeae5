#include "text/models/vocabulary.h"

#include <algorithm>
#include <utility>

namespace llmembed::text {
namespace {

// How a piece that may hold anything is shown in a message.
std::string Shown(std::string_view piece) {
  constexpr size_t kMaxShown = 40;
  if (piece.size() <= kMaxShown) return "\"" + std::string(piece) + "\"";
  return "a piece of " + std::to_string(piece.size()) + " bytes";
}

std::optional<int64_t> FirstRepeatedId(const std::vector<VocabularyPiece>& pieces) {
  std::vector<int64_t> ids;
  ids.reserve(pieces.size());
  for (const VocabularyPiece& piece : pieces) ids.push_back(piece.id);
  std::sort(ids.begin(), ids.end());
  const auto found = std::adjacent_find(ids.begin(), ids.end());
  if (found == ids.end()) return std::nullopt;
  return *found;
}

uint32_t IdLimit(const std::vector<VocabularyPiece>& pieces) {
  const auto last = std::max_element(
      pieces.begin(), pieces.end(),
      [](const VocabularyPiece& a, const VocabularyPiece& b) { return a.id < b.id; });
  return static_cast<uint32_t>(last->id) + 1;
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
  std::vector<Trie::Entry> entries;
  entries.reserve(pieces.size());
  for (const VocabularyPiece& piece : pieces) {
    if (piece.text.empty()) return corrupt("an empty piece");
    if (piece.text.size() > kMaxPieceBytes) {
      return corrupt(Shown(piece.text) + ", expected at most " + std::to_string(kMaxPieceBytes));
    }
    if (piece.id < 0 || piece.id > kMaxId) {
      return corrupt(Shown(piece.text) + " has the id " + std::to_string(piece.id) +
                     ", expected one from 0 to " + std::to_string(kMaxId));
    }
    entries.push_back({piece.text, static_cast<int32_t>(piece.id)});
  }
  const std::optional<int64_t> repeated = FirstRepeatedId(pieces);
  if (repeated) return corrupt("the id " + std::to_string(*repeated) + " is that of two pieces");
  Vocabulary vocabulary(Trie(std::move(entries)), static_cast<uint32_t>(pieces.size()),
                        IdLimit(pieces));
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
