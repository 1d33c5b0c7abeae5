// What a GGUF file says about itself: keys and typed values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llmembed/status.h"

namespace llmembed::gguf {

// The numbers are those of the format.
enum class ValueType : uint32_t {
  kUint8 = 0,
  kInt8 = 1,
  kUint16 = 2,
  kInt16 = 3,
  kUint32 = 4,
  kInt32 = 5,
  kFloat32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kUint64 = 10,
  kInt64 = 11,
  kFloat64 = 12,
};

const char* ValueTypeName(ValueType type);  // "uint32", "string", ...

// Bytes of one value: 1, 2, 4 or 8. 0 for strings and arrays, whose length is their own.
uint64_t ValueTypeSize(ValueType type);

// One key and where its checked value lies in the file.
struct MetadataEntry {
  std::string_view key;
  bool is_array = false;
  ValueType type = ValueType::kUint8;  // of the value, or of the array's elements; never kArray
  uint64_t count = 1;                  // of elements
  std::span<const std::byte> payload;  // little-endian, one after the other; each string behind
                                       // its length, a uint64
  uint64_t file_byte = 0;              // where the key stands; for messages
};

// Immutable, so safe to use from many threads. Keys, strings and payloads lie in the file's bytes:
// valid as long as the GgufFile.
//
// The getters fail with kCorrupt when the key is missing, or has another type or an unusable value;
// the message names file, byte and key. Ask Has first where a key is optional.
class Metadata {
 public:
  Metadata() = default;
  // Precondition: the entries' payloads have been checked against their types, and keys are unique.
  Metadata(std::string file, std::vector<MetadataEntry> entries);

  const std::vector<MetadataEntry>& entries() const { return entries_; }  // sorted by key
  const MetadataEntry* Find(std::string_view key) const;                  // nullptr: not there
  bool Has(std::string_view key) const { return Find(key) != nullptr; }

  Result<uint64_t> Uint(std::string_view key) const;  // any integer type, not negative
  Result<double> Float(std::string_view key) const;   // float32 or float64, finite
  Result<bool> Bool(std::string_view key) const;
  Result<std::string_view> String(std::string_view key) const;  // UTF-8

  // Any bytes: pieces of a vocabulary need not be UTF-8.
  Result<std::vector<std::string_view>> StringArray(std::string_view key) const;
  Result<std::vector<float>> FloatArray(std::string_view key) const;  // float32, finite
  Result<std::vector<int64_t>> IntArray(std::string_view key) const;  // any integer type

 private:
  Result<const MetadataEntry*> Get(std::string_view key, bool is_array,
                                   std::span<const ValueType> types, const char* expected) const;
  Status Refuse(const MetadataEntry& entry, const std::string& why) const;

  std::string file_;
  std::vector<MetadataEntry> entries_;
};

}  // namespace llmembed::gguf
