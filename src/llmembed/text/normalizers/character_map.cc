#include "text/normalizers/character_map.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/utf8.h"

namespace llmembed::text {
namespace {

// A unit of the double array: a label to compare, where the children lie, whether a rule ends here.
uint32_t LabelOf(uint32_t unit) { return unit & (1U << 31U | 0xFFU); }
uint32_t OffsetOf(uint32_t unit) { return unit >> 10U << ((unit & 1U << 9U) >> 6U); }
bool EndsRule(uint32_t unit) { return (unit >> 8U & 1U) != 0; }
uint32_t ValueOf(uint32_t unit) { return unit & ~(1U << 31U); }
bool IsLeaf(uint32_t unit) { return (unit >> 31U) != 0; }

bool StartsCodePoint(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

}  // namespace

CharacterMap::CharacterMap(std::vector<uint32_t> units, std::string replacements)
    : units_(std::move(units)), replacements_(std::move(replacements)) {
  for (size_t begin = 0; begin < replacements_.size();) {
    const size_t end = std::min(replacements_.find('\0', begin), replacements_.size());
    longest_replacement_ = std::max(longest_replacement_, end - begin);
    begin = end + 1;
  }
}

Result<CharacterMap> CharacterMap::Read(std::string_view bytes, const std::string& where) {
  const auto corrupt = [&where](const std::string& what) {
    return Status(StatusCode::kCorrupt, where + ": the character map " + what);
  };
  uint32_t trie_size = 0;
  if (bytes.size() < sizeof(trie_size)) return corrupt("is shorter than its header");
  std::memcpy(&trie_size, bytes.data(), sizeof(trie_size));
  bytes.remove_prefix(sizeof(trie_size));
  if (trie_size == 0 || trie_size % sizeof(uint32_t) != 0 || trie_size > bytes.size()) {
    return corrupt("has a trie of " + std::to_string(trie_size) + " bytes in " +
                   std::to_string(bytes.size()));
  }
  std::vector<uint32_t> units(trie_size / sizeof(uint32_t));
  std::memcpy(units.data(), bytes.data(), trie_size);
  std::string replacements(bytes.substr(trie_size));
  if (!base::IsValidUtf8(replacements)) return corrupt("has replacements that are not UTF-8");
  for (const uint32_t unit : units) {
    if (!IsLeaf(unit)) continue;
    const uint32_t place = ValueOf(unit);
    if (place >= replacements.size() || !StartsCodePoint(replacements[place])) {
      return corrupt("has a rule whose replacement is at " + std::to_string(place) + " of " +
                     std::to_string(replacements.size()) + " bytes");
    }
  }
  return CharacterMap(std::move(units), std::move(replacements));
}

std::optional<std::string_view> CharacterMap::ReplacementOfShortest(std::string_view text) const {
  uint32_t place = OffsetOf(units_[0]);
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte == 0) break;
    place ^= byte;
    const uint32_t unit = UnitAt(place);
    if (LabelOf(unit) != byte) break;
    place ^= OffsetOf(unit);
    if (!EndsRule(unit)) continue;
    const uint32_t leaf = UnitAt(place);
    if (!IsLeaf(leaf) || ValueOf(leaf) >= replacements_.size()) break;
    const char* const begin = replacements_.data() + ValueOf(leaf);
    return std::string_view(begin, std::strlen(begin));  // a std::string ends with a NUL
  }
  return std::nullopt;
}

}  // namespace llmembed::text
