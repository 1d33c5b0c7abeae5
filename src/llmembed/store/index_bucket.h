// How the index packs its entries: many to a bucket, fourteen bytes each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "store/key.h"

namespace llmembed::store {

struct Location {
  uint32_t segment = 0;
  uint32_t record = 0;
};

// The index keeps eight of a key's sixteen bytes. The record has the whole key, so two keys that
// share their first half cost a miss, never a wrong vector.
uint64_t ShortKey(const Key& key);

struct IndexEntry {
  uint64_t short_key = 0;
  Location location;
};

// A bucket is all entries whose short keys share their upper 16 bits; the other 48 bits stand in
// the entry. An LMDB entry a vector would take twice the pages.
inline constexpr size_t kPackedEntryBytes = 14;
inline uint32_t BucketOf(uint64_t short_key) { return static_cast<uint32_t>(short_key >> 48); }

// Precondition of all: packed.size() is a multiple of kPackedEntryBytes.
std::optional<Location> FindInBucket(std::span<const std::byte> packed, uint64_t short_key);

// Adds the entry, in place of an older one of its short key.
void AddToBucket(const IndexEntry& entry, std::vector<std::byte>* packed);

// Takes out all entries that point into one of the segments; returns how many.
size_t EraseFromBucket(const std::set<uint32_t>& segments, std::vector<std::byte>* packed);

}  // namespace llmembed::store
