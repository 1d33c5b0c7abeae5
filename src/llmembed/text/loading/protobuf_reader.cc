#include "text/loading/protobuf_reader.h"

#include <cstddef>
#include <cstring>

namespace llmembed::text {
namespace {

using Kind = ProtobufField::Kind;

// The wire types, in a key's lowest three bits.
constexpr uint64_t kVarintType = 0;
constexpr uint64_t kFixed64Type = 1;
constexpr uint64_t kBytesType = 2;
constexpr uint64_t kFixed32Type = 5;

constexpr uint64_t kMaxFieldNumber = (1U << 29U) - 1;

}  // namespace

std::optional<uint64_t> ProtobufReader::ReadVarint() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) return std::nullopt;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    if (shift == 63 && byte > 1) return std::nullopt;  // more than 64 bits
    value |= uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> ProtobufReader::ReadBytes(uint64_t count) {
  if (count > rest_.size()) return std::nullopt;
  const std::string_view bytes = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return bytes;
}

std::optional<ProtobufField> ProtobufReader::ReadField() {
  const std::optional<uint64_t> key = ReadVarint();
  if (!key || *key >> 3U == 0 || *key >> 3U > kMaxFieldNumber) return std::nullopt;
  const auto number = static_cast<uint32_t>(*key >> 3U);
  const uint64_t type = *key & 7U;
  if (type == kVarintType) {
    const std::optional<uint64_t> value = ReadVarint();
    if (!value) return std::nullopt;
    return ProtobufField{number, Kind::kVarint, *value, {}};
  }
  if (type == kBytesType) {
    const std::optional<uint64_t> size = ReadVarint();
    const auto bytes = size ? ReadBytes(*size) : std::nullopt;
    if (!bytes) return std::nullopt;
    return ProtobufField{number, Kind::kBytes, 0, *bytes};
  }
  if (type != kFixed32Type && type != kFixed64Type) return std::nullopt;
  const bool is_narrow = type == kFixed32Type;
  const auto bytes = ReadBytes(is_narrow ? sizeof(uint32_t) : sizeof(uint64_t));
  if (!bytes) return std::nullopt;
  ProtobufField field{number, is_narrow ? Kind::kFixed32 : Kind::kFixed64, 0, {}};
  std::memcpy(&field.value, bytes->data(), bytes->size());  // little-endian, as the format is
  return field;
}

std::optional<ProtobufField> ProtobufReader::Next() {
  if (is_damaged_ || rest_.empty()) return std::nullopt;
  std::optional<ProtobufField> field = ReadField();
  is_damaged_ = !field;
  return field;
}

}  // namespace llmembed::text
