// Messages of Protocol Buffers, byte by byte, for tests of what reads them.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace llmembed::test {

class ProtobufBuilder {
 public:
  ProtobufBuilder& Varint(uint32_t number, uint64_t value) {
    AppendVarint(uint64_t{number} << 3U);
    AppendVarint(value);
    return *this;
  }

  ProtobufBuilder& Float(uint32_t number, float value) {
    AppendVarint(uint64_t{number} << 3U | 5U);
    char bytes[sizeof(value)];
    std::memcpy(bytes, &value, sizeof(value));
    bytes_.append(bytes, sizeof(value));
    return *this;
  }

  ProtobufBuilder& Bytes(uint32_t number, std::string_view value) {
    AppendVarint(uint64_t{number} << 3U | 2U);
    AppendVarint(value.size());
    bytes_.append(value);
    return *this;
  }

  const std::string& bytes() const { return bytes_; }

 private:
  void AppendVarint(uint64_t value) {
    for (; value >= 0x80; value >>= 7U) bytes_.push_back(static_cast<char>(value | 0x80U));
    bytes_.push_back(static_cast<char>(value));
  }

  std::string bytes_;
};

}  // namespace llmembed::test
