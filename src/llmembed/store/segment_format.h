// The bytes of a segment: a header, then records of one size. docs/formats/store.md has the table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "store/key.h"

namespace llmembed::store {

inline constexpr size_t kSegmentHeaderBytes = 64;
inline constexpr size_t kRecordPrefixBytes = 24;       // checksum and key; the vector follows
inline constexpr uint32_t kMaxDimension = 1U << 20;    // 4 MiB a vector
inline constexpr uint64_t kScratchBytes = 1ULL << 20;  // what is read or written at a time, unless
                                                       // one record is longer

constexpr uint64_t RecordBytes(uint32_t dimension) {
  return kRecordPrefixBytes + uint64_t{dimension} * sizeof(float);
}

constexpr uint64_t RecordOffset(uint32_t dimension, uint64_t record) {
  return kSegmentHeaderBytes + record * RecordBytes(dimension);
}

// How many records are handled at a time: kScratchBytes of them, at least one.
constexpr uint64_t RecordsAtATime(uint32_t dimension) {
  const uint64_t count = kScratchBytes / RecordBytes(dimension);
  return count == 0 ? 1 : count;
}

using SegmentHeader = std::array<std::byte, kSegmentHeaderBytes>;

SegmentHeader EncodeSegmentHeader(const Space& space);

// nullopt unless it is a whole header of our version whose checksum fits.
std::optional<Space> DecodeSegmentHeader(std::span<const std::byte> bytes);

// record: RecordBytes(row.size()) bytes.
void EncodeRecord(const Key& key, std::span<const float> row, std::span<std::byte> record);

// The record's key, or nullopt when its checksum does not fit.
std::optional<Key> DecodeRecordKey(std::span<const std::byte> record);

}  // namespace llmembed::store
