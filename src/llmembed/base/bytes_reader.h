// A bounded reader over bytes from outside: every read is checked against what is left.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

namespace llmembed::base {

// Little-endian, as all our formats are. Not thread-safe. Borrows the bytes.
class BytesReader {
 public:
  explicit BytesReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  uint64_t offset() const { return offset_; }
  uint64_t remaining() const { return bytes_.size() - offset_; }

  // The next T, or nullopt (and no move) when fewer than sizeof(T) bytes are left.
  template <typename T>
  std::optional<T> Read() {
    static_assert(std::is_trivially_copyable_v<T>);
    if (remaining() < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset_, sizeof(T));
    offset_ += sizeof(T);
    return value;
  }

  // The next `count` bytes, or nullopt (and no move) when fewer are left.
  std::optional<std::span<const std::byte>> ReadBytes(uint64_t count) {
    if (remaining() < count) return std::nullopt;
    auto part = bytes_.subspan(offset_, count);
    offset_ += count;
    return part;
  }

 private:
  std::span<const std::byte> bytes_;
  uint64_t offset_ = 0;
};

}  // namespace llmembed::base
