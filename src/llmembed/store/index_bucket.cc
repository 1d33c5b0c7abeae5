#include "store/index_bucket.h"

#include <cstring>

namespace llmembed::store {
namespace {

constexpr size_t kRestBytes = 6;  // the lower 48 bits of the short key
static_assert(kRestBytes + sizeof(Location) == kPackedEntryBytes);

// The offset of the entry of this short key, or packed.size().
size_t OffsetOf(std::span<const std::byte> packed, uint64_t short_key) {
  size_t offset = 0;
  while (offset < packed.size() &&
         std::memcmp(packed.data() + offset, &short_key, kRestBytes) != 0) {
    offset += kPackedEntryBytes;
  }
  return offset;
}

}  // namespace

uint64_t ShortKey(const Key& key) {
  uint64_t short_key = 0;
  std::memcpy(&short_key, key.data(), sizeof(short_key));
  return short_key;
}

std::optional<Location> FindInBucket(std::span<const std::byte> packed, uint64_t short_key) {
  const size_t offset = OffsetOf(packed, short_key);
  if (offset >= packed.size()) return std::nullopt;
  Location location;
  std::memcpy(&location, packed.data() + offset + kRestBytes, sizeof(location));
  return location;
}

void AddToBucket(const IndexEntry& entry, std::vector<std::byte>* packed) {
  const size_t offset = OffsetOf(*packed, entry.short_key);
  if (offset == packed->size()) packed->resize(offset + kPackedEntryBytes);
  std::memcpy(packed->data() + offset, &entry.short_key, kRestBytes);
  std::memcpy(packed->data() + offset + kRestBytes, &entry.location, sizeof(entry.location));
}

size_t EraseFromBucket(const std::set<uint32_t>& segments, std::vector<std::byte>* packed) {
  size_t kept = 0;
  for (size_t offset = 0; offset < packed->size(); offset += kPackedEntryBytes) {
    uint32_t segment = 0;
    std::memcpy(&segment, packed->data() + offset + kRestBytes, sizeof(segment));
    if (segments.contains(segment)) continue;
    std::memmove(packed->data() + kept, packed->data() + offset, kPackedEntryBytes);
    kept += kPackedEntryBytes;
  }
  const size_t erased = (packed->size() - kept) / kPackedEntryBytes;
  packed->resize(kept);
  return erased;
}

}  // namespace llmembed::store
