// Protocol Buffers' wire format, field by field: as much of it as model files need.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace llmembed::text {

struct ProtobufField {
  enum class Kind { kVarint, kFixed32, kFixed64, kBytes };

  uint32_t number;
  Kind kind;
  uint64_t value = 0;      // of the first three, as bits
  std::string_view bytes;  // of kBytes: a string, bytes or a message
};

// Reads the fields of one message in order; those of a message within it are another reader's.
// Bounded: no field reaches beyond the message. Borrows the bytes. Not thread-safe.
class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message) : rest_(message) {}

  // The next field; nullopt at the end, and for damage, which is_damaged() tells apart. Groups,
  // which nobody writes any more, count as damage.
  std::optional<ProtobufField> Next();

  bool is_damaged() const { return is_damaged_; }

 private:
  std::optional<uint64_t> ReadVarint();
  std::optional<std::string_view> ReadBytes(uint64_t count);
  std::optional<ProtobufField> ReadField();

  std::string_view rest_;
  bool is_damaged_ = false;
};

}  // namespace llmembed::text
