#include "text/loading/vocabulary_fields.h"

#include <algorithm>
#include <cstdint>

namespace llmembed::text {

Result<std::vector<VocabularyPiece>> ReadVocabularyPieces(const JsonFields& entries) {
  constexpr uint64_t kTooLarge = Vocabulary::kMaxId + 1;
  std::vector<VocabularyPiece> pieces;
  pieces.reserve(entries.size());
  for (const auto& [text, id] : entries.json().items()) {
    if (!id.is_number_unsigned()) return entries.Corrupt("an id is not a whole number");
    pieces.push_back({text, static_cast<int64_t>(std::min(id.get<uint64_t>(), kTooLarge))});
  }
  return pieces;
}

}  // namespace llmembed::text
