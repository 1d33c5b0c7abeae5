#include "store/segment_format.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

#include "base/bytes_reader.h"
#include "store/layout.h"

namespace llmembed::store {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::string_view kMagic = "LLMESEG\n";
constexpr size_t kChecksumOffset = kSegmentHeaderBytes - sizeof(uint64_t);

uint64_t Checksum(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace

SegmentHeader EncodeSegmentHeader(const Space& space) {
  SegmentHeader header{};
  std::byte* out = header.data();
  const auto put = [&out](const void* bytes, size_t count) {
    std::memcpy(out, bytes, count);
    out += count;
  };
  put(kMagic.data(), kMagic.size());
  put(&kStoreVersion, sizeof(kStoreVersion));
  put(&space.dimension, sizeof(space.dimension));
  put(space.id.data(), space.id.size());
  const uint64_t checksum = Checksum(std::span(header).first(kChecksumOffset));
  std::memcpy(header.data() + kChecksumOffset, &checksum, sizeof(checksum));
  return header;
}

std::optional<Space> DecodeSegmentHeader(std::span<const std::byte> bytes) {
  if (bytes.size() < kSegmentHeaderBytes) return std::nullopt;
  base::BytesReader tail(bytes.subspan(kChecksumOffset));
  if (tail.Read<uint64_t>() != Checksum(bytes.first(kChecksumOffset))) return std::nullopt;
  base::BytesReader reader(bytes);
  const auto magic = reader.ReadBytes(kMagic.size());
  if (std::memcmp(magic->data(), kMagic.data(), kMagic.size()) != 0) return std::nullopt;
  if (reader.Read<uint32_t>() != kStoreVersion) return std::nullopt;
  Space space;
  space.dimension = *reader.Read<uint32_t>();
  if (space.dimension == 0 || space.dimension > kMaxDimension) return std::nullopt;
  std::ranges::copy(*reader.ReadBytes(space.id.size()), space.id.begin());
  return space;
}

void EncodeRecord(const Key& key, std::span<const float> row, std::span<std::byte> record) {
  std::memcpy(record.data() + sizeof(uint64_t), key.data(), key.size());
  std::memcpy(record.data() + kRecordPrefixBytes, row.data(), row.size_bytes());
  const uint64_t checksum = Checksum(record.subspan(sizeof(checksum)));
  std::memcpy(record.data(), &checksum, sizeof(checksum));
}

std::optional<Key> DecodeRecordKey(std::span<const std::byte> record) {
  uint64_t checksum = 0;
  std::memcpy(&checksum, record.data(), sizeof(checksum));
  if (checksum != Checksum(record.subspan(sizeof(checksum)))) return std::nullopt;
  Key key;
  std::memcpy(key.data(), record.data() + sizeof(checksum), key.size());
  return key;
}

}  // namespace llmembed::store
