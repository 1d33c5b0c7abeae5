// SentencePiece's character map ("precompiled_charsmap"): strings and what replaces them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llmembed/status.h"

namespace llmembed::text {

// A double-array trie (darts-clone's layout) from strings to places in a text of replacements, each
// ended by a NUL. Whatever the bytes hold, no lookup leaves them.
// Immutable once read, so safe to use from many threads.
class CharacterMap {
 public:
  // `bytes` as in the file: the size of the trie, the trie, the replacements. kCorrupt: they do not
  // fit together, or a replacement is not well-formed UTF-8. `where` names them in messages.
  static Result<CharacterMap> Read(std::string_view bytes, const std::string& where);

  // What replaces the shortest rule that `text` starts with; nullopt: none. A view into the map.
  std::optional<std::string_view> ReplacementOfShortest(std::string_view text) const;

  size_t longest_replacement() const { return longest_replacement_; }  // in bytes

 private:
  CharacterMap(std::vector<uint32_t> units, std::string replacements);

  // The unit of the trie at this place; a unit that matches nothing beyond the end.
  uint32_t UnitAt(uint32_t place) const { return place < units_.size() ? units_[place] : kNoUnit; }

  static constexpr uint32_t kNoUnit = 1U << 31U;

  std::vector<uint32_t> units_;
  std::string replacements_;
  size_t longest_replacement_ = 0;
};

}  // namespace llmembed::text
