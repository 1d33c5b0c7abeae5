#include "data/text_index.h"

#include <xxhash.h>

#include <bit>
#include <limits>

namespace llmembed::data {
namespace {

constexpr uint32_t kFree = std::numeric_limits<uint32_t>::max();

}  // namespace

TextIndex::TextIndex(std::span<const std::string_view> texts)
    : texts_(texts), slots_(std::bit_ceil(2 * texts.size() + 1), kFree) {
  first_rows_.reserve(texts.size());
  for (const std::string_view text : texts) {
    uint32_t& slot = slots_[FindSlot(text)];
    if (slot == kFree) slot = static_cast<uint32_t>(first_rows_.size());
    first_rows_.push_back(slot);
  }
}

size_t TextIndex::FindSlot(std::string_view text) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = XXH3_64bits(text.data(), text.size()) & mask;
  while (slots_[slot] != kFree && texts_[slots_[slot]] != text) slot = (slot + 1) & mask;
  return slot;
}

std::optional<uint32_t> TextIndex::Find(std::string_view text) const {
  const uint32_t row = slots_[FindSlot(text)];
  return row == kFree ? std::nullopt : std::optional<uint32_t>(row);
}

}  // namespace llmembed::data
