#include "gguf/metadata.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "base/quoted.h"
#include "base/utf8.h"

namespace llmembed::gguf {
namespace {

struct TypeEntry {
  const char* name;
  uint64_t size;
};

// In the order of the enum, so that a type is its own index.
constexpr std::array<TypeEntry, 13> kValueTypes = {{
    {"uint8", 1},
    {"int8", 1},
    {"uint16", 2},
    {"int16", 2},
    {"uint32", 4},
    {"int32", 4},
    {"float32", 4},
    {"bool", 1},
    {"string", 0},
    {"array", 0},
    {"uint64", 8},
    {"int64", 8},
    {"float64", 8},
}};

constexpr ValueType kIntegers[] = {ValueType::kUint8,  ValueType::kInt8,   ValueType::kUint16,
                                   ValueType::kInt16,  ValueType::kUint32, ValueType::kInt32,
                                   ValueType::kUint64, ValueType::kInt64};
constexpr ValueType kFloats[] = {ValueType::kFloat32, ValueType::kFloat64};
constexpr ValueType kFloat32Only[] = {ValueType::kFloat32};
constexpr ValueType kBools[] = {ValueType::kBool};
constexpr ValueType kStrings[] = {ValueType::kString};

// Element `index` of a payload that holds it. Payloads are not aligned.
template <typename T>
T Load(const MetadataEntry& entry, uint64_t index) {
  T value;
  std::memcpy(&value, entry.payload.data() + index * sizeof(T), sizeof(T));
  return value;
}

// As int64; nullopt when it is too large for one.
std::optional<int64_t> LoadInteger(const MetadataEntry& entry, uint64_t index) {
  switch (entry.type) {
    case ValueType::kUint8:
      return Load<uint8_t>(entry, index);
    case ValueType::kInt8:
      return Load<int8_t>(entry, index);
    case ValueType::kUint16:
      return Load<uint16_t>(entry, index);
    case ValueType::kInt16:
      return Load<int16_t>(entry, index);
    case ValueType::kUint32:
      return Load<uint32_t>(entry, index);
    case ValueType::kInt32:
      return Load<int32_t>(entry, index);
    case ValueType::kInt64:
      return Load<int64_t>(entry, index);
    default: {
      const auto value = Load<uint64_t>(entry, index);
      if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
      return static_cast<int64_t>(value);
    }
  }
}

// The string at *position, which moves behind it.
std::string_view LoadString(std::span<const std::byte> payload, uint64_t* position) {
  uint64_t length;
  std::memcpy(&length, payload.data() + *position, sizeof(length));
  const char* text = reinterpret_cast<const char*>(payload.data()) + *position + sizeof(length);
  *position += sizeof(length) + length;
  return {text, length};
}

std::string TypeOf(const MetadataEntry& entry) {
  return (entry.is_array ? "an array of " : "a ") + std::string(ValueTypeName(entry.type));
}

}  // namespace

const char* ValueTypeName(ValueType type) { return kValueTypes[static_cast<size_t>(type)].name; }

uint64_t ValueTypeSize(ValueType type) { return kValueTypes[static_cast<size_t>(type)].size; }

Metadata::Metadata(std::string file, std::vector<MetadataEntry> entries)
    : file_(std::move(file)), entries_(std::move(entries)) {
  std::sort(entries_.begin(), entries_.end(),
            [](const MetadataEntry& a, const MetadataEntry& b) { return a.key < b.key; });
}

const MetadataEntry* Metadata::Find(std::string_view key) const {
  const auto found = std::lower_bound(
      entries_.begin(), entries_.end(), key,
      [](const MetadataEntry& entry, std::string_view wanted) { return entry.key < wanted; });
  return found != entries_.end() && found->key == key ? &*found : nullptr;
}

Status Metadata::Refuse(const MetadataEntry& entry, const std::string& why) const {
  return {StatusCode::kCorrupt, file_ + ": at byte " + std::to_string(entry.file_byte) + ": key " +
                                    base::Quoted(entry.key) + " " + why};
}

Result<const MetadataEntry*> Metadata::Get(std::string_view key, bool is_array,
                                           std::span<const ValueType> types,
                                           const char* expected) const {
  const MetadataEntry* entry = Find(key);
  if (entry == nullptr) {
    return Status(StatusCode::kCorrupt,
                  file_ + ": needs the key " + base::Quoted(key) + ", " + expected);
  }
  const bool fits = entry->is_array == is_array &&
                    std::find(types.begin(), types.end(), entry->type) != types.end();
  if (!fits) return Refuse(*entry, "is " + TypeOf(*entry) + ", expected " + expected);
  return entry;
}

Result<uint64_t> Metadata::Uint(std::string_view key) const {
  LLMEMBED_ASSIGN_OR_RETURN(const MetadataEntry* entry, Get(key, false, kIntegers, "an integer"));
  if (entry->type == ValueType::kUint64) return Load<uint64_t>(*entry, 0);
  const auto value = LoadInteger(*entry, 0);
  if (!value || *value < 0) return Refuse(*entry, "is negative");
  return static_cast<uint64_t>(*value);
}

Result<double> Metadata::Float(std::string_view key) const {
  LLMEMBED_ASSIGN_OR_RETURN(const MetadataEntry* entry, Get(key, false, kFloats, "a float"));
  const double value = entry->type == ValueType::kFloat32
                           ? static_cast<double>(Load<float>(*entry, 0))
                           : Load<double>(*entry, 0);
  if (!std::isfinite(value)) return Refuse(*entry, "is not a finite number");
  return value;
}

Result<bool> Metadata::Bool(std::string_view key) const {
  LLMEMBED_ASSIGN_OR_RETURN(const MetadataEntry* entry, Get(key, false, kBools, "a bool"));
  return Load<uint8_t>(*entry, 0) != 0;
}

Result<std::string_view> Metadata::String(std::string_view key) const {
  LLMEMBED_ASSIGN_OR_RETURN(const MetadataEntry* entry, Get(key, false, kStrings, "a string"));
  uint64_t position = 0;
  const std::string_view text = LoadString(entry->payload, &position);
  if (!base::IsValidUtf8(text)) return Refuse(*entry, "is not UTF-8");
  return text;
}

Result<std::vector<std::string_view>> Metadata::StringArray(std::string_view key) const {
  LLMEMBED_ASSIGN_OR_RETURN(const MetadataEntry* entry,
                            Get(key, true, kStrings, "an array of strings"));
  std::vector<std::string_view> strings;
  strings.reserve(entry->count);
  uint64_t position = 0;
  while (strings.size() < entry->count) strings.push_back(LoadString(entry->payload, &position));
  return strings;
}

Result<std::vector<float>> Metadata::FloatArray(std::string_view key) const {
  LLMEMBED_ASSIGN_OR_RETURN(const MetadataEntry* entry,
                            Get(key, true, kFloat32Only, "an array of float32"));
  std::vector<float> values(entry->count);
  if (!values.empty()) std::memcpy(values.data(), entry->payload.data(), entry->payload.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      return Refuse(*entry, "has at [" + std::to_string(i) + "] no finite number");
    }
  }
  return values;
}

Result<std::vector<int64_t>> Metadata::IntArray(std::string_view key) const {
  LLMEMBED_ASSIGN_OR_RETURN(const MetadataEntry* entry,
                            Get(key, true, kIntegers, "an array of integers"));
  std::vector<int64_t> values(entry->count);
  for (size_t i = 0; i < values.size(); ++i) {
    const auto value = LoadInteger(*entry, i);
    if (!value) {
      return Refuse(*entry, "has at [" + std::to_string(i) + "] a number that needs all 64 bits");
    }
    values[i] = *value;
  }
  return values;
}

}  // namespace llmembed::gguf
