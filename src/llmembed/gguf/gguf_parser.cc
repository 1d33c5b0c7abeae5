#include "gguf/gguf_parser.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include "base/checked.h"
#include "gguf/header_reader.h"

namespace llmembed::gguf {
namespace {

constexpr uint64_t kMinKeyBytes = 8 + 4 + 1;         // an empty key, its type, one byte
constexpr uint64_t kMinTensorBytes = 8 + 4 + 4 + 8;  // an empty name, rank 0, type, offset
constexpr char kAlignmentKey[] = "general.alignment";

// A tensor's entry before its place in the file has been looked at.
struct TensorEntry {
  GgufTensor tensor;
  uint64_t begin = 0;  // from the first byte of data
  uint64_t bytes = 0;
};

Result<uint32_t> ReadStart(HeaderReader* reader) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto magic, reader->ReadBytes("the magic", sizeof(kMagic)));
  if (std::memcmp(magic.data(), kMagic, sizeof(kMagic)) != 0) {
    return reader->Refuse(0, "not a GGUF file: it does not begin with \"GGUF\"");
  }
  LLMEMBED_ASSIGN_OR_RETURN(const auto version, reader->Read<uint32_t>("the version"));
  if (version == 2 || version == 3) return version;
  const bool swapped = version != 0 && (version & 0xFFFFU) == 0;
  return reader->Refuse(
      sizeof(kMagic),
      swapped ? "the byte order is big-endian, only little-endian is read"
              : "the version is " + std::to_string(version) + ", only 2 and 3 are read",
      StatusCode::kUnsupported);
}

Result<ValueType> ReadType(HeaderReader* reader, const char* what) {
  const uint64_t begin = reader->offset();
  LLMEMBED_ASSIGN_OR_RETURN(const auto number, reader->Read<uint32_t>(what));
  if (number > static_cast<uint32_t>(ValueType::kFloat64)) {
    return reader->Refuse(
        begin, std::string(what) + " is " + std::to_string(number) + ", which no value has");
  }
  return static_cast<ValueType>(number);
}

// Moves over `count` values of the type and checks them.
Status SkipValues(HeaderReader* reader, ValueType type, uint64_t count) {
  if (type == ValueType::kString) {
    for (uint64_t i = 0; i < count; ++i) {
      LLMEMBED_RETURN_IF_ERROR(reader->ReadString("a string", kMaxStringBytes).status());
    }
    return {};
  }
  const uint64_t begin = reader->offset();
  const auto bytes = base::CheckedMul(count, ValueTypeSize(type));
  if (!bytes) return reader->Refuse(begin, "the value does not fit 64 bits");
  LLMEMBED_ASSIGN_OR_RETURN(const auto payload, reader->ReadBytes("the value", *bytes));
  if (type != ValueType::kBool) return {};
  const auto bad = std::find_if(payload.begin(), payload.end(),
                                [](std::byte value) { return value > std::byte{1}; });
  if (bad == payload.end()) return {};
  return reader->Refuse(begin + static_cast<uint64_t>(bad - payload.begin()),
                        "a bool is neither 0 nor 1");
}

Result<MetadataEntry> ReadKey(HeaderReader* reader) {
  MetadataEntry entry;
  entry.file_byte = reader->offset();
  LLMEMBED_ASSIGN_OR_RETURN(entry.key, reader->ReadName("a key"));
  reader->Enter("key", entry.key);
  LLMEMBED_ASSIGN_OR_RETURN(entry.type, ReadType(reader, "the type"));
  if (entry.type == ValueType::kArray) {
    entry.is_array = true;
    const uint64_t type_byte = reader->offset();
    LLMEMBED_ASSIGN_OR_RETURN(entry.type, ReadType(reader, "the type of elements"));
    if (entry.type == ValueType::kArray) {
      return reader->Refuse(type_byte, "arrays of arrays are not read", StatusCode::kUnsupported);
    }
    // A string takes its length at least.
    const uint64_t min_bytes = std::max<uint64_t>(ValueTypeSize(entry.type), 1);
    LLMEMBED_ASSIGN_OR_RETURN(
        entry.count,
        reader->ReadCount("the number of elements", kMaxArrayElements,
                          entry.type == ValueType::kString ? sizeof(uint64_t) : min_bytes));
  }
  const uint64_t begin = reader->offset();
  LLMEMBED_RETURN_IF_ERROR(SkipValues(reader, entry.type, entry.count));
  entry.payload = reader->Since(begin);
  return entry;
}

Result<std::vector<MetadataEntry>> ReadKeys(HeaderReader* reader, uint64_t count) {
  std::vector<MetadataEntry> entries;
  entries.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    LLMEMBED_ASSIGN_OR_RETURN(MetadataEntry entry, ReadKey(reader));
    entries.push_back(entry);
    reader->Enter(nullptr, {});
  }
  return entries;
}

// Names are unique: sorted, so that a hostile file costs n log n. `Entry` has what `name_of` gives.
template <typename Entry, typename NameOf>
Status CheckUnique(const HeaderReader& reader, const std::vector<Entry>& entries, const char* kind,
                   NameOf name_of) {
  std::vector<std::pair<std::string_view, uint64_t>> names;  // and where they stand
  names.reserve(entries.size());
  for (const Entry& entry : entries) names.push_back(name_of(entry));
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(
      names.begin(), names.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twice == names.end()) return {};
  HeaderReader place = reader;
  place.Enter(kind, twice->first);
  return place.Refuse(std::next(twice)->second,
                      "stands twice, first at byte " + std::to_string(twice->second));
}

Result<uint64_t> ReadAlignment(const HeaderReader& reader, const Metadata& metadata) {
  const MetadataEntry* entry = metadata.Find(kAlignmentKey);
  if (entry == nullptr) return kDefaultAlignment;
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t alignment, metadata.Uint(kAlignmentKey));
  if (std::has_single_bit(alignment) && alignment >= kMinAlignment && alignment <= kMaxAlignment) {
    return alignment;
  }
  HeaderReader place = reader;
  place.Enter("key", kAlignmentKey);
  return place.Refuse(entry->file_byte,
                      "is " + std::to_string(alignment) + ", expected a power of two from " +
                          std::to_string(kMinAlignment) + " to " + std::to_string(kMaxAlignment));
}

Result<tensor::Shape> ReadShape(HeaderReader* reader) {
  const uint64_t begin = reader->offset();
  LLMEMBED_ASSIGN_OR_RETURN(const auto rank, reader->Read<uint32_t>("the rank"));
  if (rank > kMaxTensorRank) {
    return reader->Refuse(begin, "the rank is " + std::to_string(rank) + ", at most " +
                                     std::to_string(kMaxTensorRank) + " is allowed");
  }
  std::array<int64_t, kMaxTensorRank> extents{};
  for (size_t axis = rank; axis-- > 0;) {
    LLMEMBED_ASSIGN_OR_RETURN(const auto extent, reader->Read<uint64_t>("the shape"));
    if (extent > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return reader->Refuse(begin, "an extent is " + std::to_string(extent) +
                                       ", which does not fit a signed 64-bit integer");
    }
    extents[axis] = static_cast<int64_t>(extent);
  }
  // No extent is negative and the rank is small, so there always is such a shape.
  return tensor::Shape::Create(std::span(extents).first(rank)).value_or(tensor::Shape());
}

Result<uint64_t> ByteSizeOf(const HeaderReader& reader, const GgufTensor& tensor) {
  const std::string what = std::string(tensor.type->name) + " " + tensor.shape.ToString();
  const tensor::BlockSize block = tensor.type->block;
  const size_t rank = tensor.shape.rank();
  const uint64_t row = rank == 0 ? 1 : static_cast<uint64_t>(tensor.shape[rank - 1]);
  if (row % block.elements != 0) {
    return reader.Refuse(tensor.file_byte, what + ": rows must be whole blocks of " +
                                               std::to_string(block.elements) + " elements");
  }
  std::optional<uint64_t> bytes = tensor.shape.ElementCount();
  if (bytes) bytes = base::CheckedMul(*bytes / block.elements, block.bytes);
  if (!bytes) return reader.Refuse(tensor.file_byte, what + " does not fit 64 bits");
  return *bytes;
}

Result<TensorEntry> ReadTensor(HeaderReader* reader, uint64_t alignment) {
  TensorEntry entry;
  entry.tensor.file_byte = reader->offset();
  LLMEMBED_ASSIGN_OR_RETURN(entry.tensor.name, reader->ReadName("a tensor's name"));
  reader->Enter("tensor", entry.tensor.name);
  LLMEMBED_ASSIGN_OR_RETURN(entry.tensor.shape, ReadShape(reader));
  const uint64_t type_byte = reader->offset();
  LLMEMBED_ASSIGN_OR_RETURN(const auto type, reader->Read<uint32_t>("the type"));
  entry.tensor.type = FindGgmlType(type);
  if (entry.tensor.type == nullptr) {
    return reader->Refuse(
        type_byte, "the type of elements is " + std::to_string(type) + ", which is not known here",
        StatusCode::kUnsupported);
  }
  LLMEMBED_ASSIGN_OR_RETURN(entry.bytes, ByteSizeOf(*reader, entry.tensor));
  const uint64_t offset_byte = reader->offset();
  LLMEMBED_ASSIGN_OR_RETURN(entry.begin, reader->Read<uint64_t>("the offset"));
  if (entry.begin % alignment != 0) {
    return reader->Refuse(offset_byte, "the offset " + std::to_string(entry.begin) +
                                           " is not a multiple of the alignment " +
                                           std::to_string(alignment));
  }
  reader->Enter(nullptr, {});
  return entry;
}

// Precondition: value + alignment does not wrap, which holds for places in a file.
uint64_t AlignUp(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

// Gives each tensor its bytes: in the order of their data, no overlap, no hole beyond padding.
Status PlaceTensors(const HeaderReader& reader, std::span<const std::byte> data, uint64_t alignment,
                    std::vector<TensorEntry>* entries) {
  std::sort(entries->begin(), entries->end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::tie(a.begin, a.bytes, a.tensor.name) < std::tie(b.begin, b.bytes, b.tensor.name);
  });
  uint64_t expected = 0;
  for (TensorEntry& entry : *entries) {
    HeaderReader place = reader;
    place.Enter("tensor", entry.tensor.name);
    if (entry.begin > data.size() || entry.bytes > data.size() - entry.begin) {
      return place.Refuse(entry.tensor.file_byte,
                          "its " + std::to_string(entry.bytes) + " bytes at offset " +
                              std::to_string(entry.begin) + " reach beyond the " +
                              std::to_string(data.size()) +
                              " bytes of data: the file is cut short, or was not written whole");
    }
    if (entry.begin != expected) {
      return place.Refuse(entry.tensor.file_byte,
                          "the offset " + std::to_string(entry.begin) +
                              (entry.begin > expected ? " leaves a hole after byte "
                                                      : " overlaps the data before byte ") +
                              std::to_string(expected));
    }
    entry.tensor.bytes = data.subspan(entry.begin, entry.bytes);
    expected = AlignUp(entry.begin + entry.bytes, alignment);
  }
  return {};
}

}  // namespace

Result<GgufContents> ParseGguf(std::span<const std::byte> bytes, const std::string& file) {
  HeaderReader reader(bytes, file);
  GgufContents contents;
  LLMEMBED_ASSIGN_OR_RETURN(contents.version, ReadStart(&reader));
  LLMEMBED_ASSIGN_OR_RETURN(
      const uint64_t tensor_count,
      reader.ReadCount("the number of tensors", kMaxTensors, kMinTensorBytes));
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t key_count,
                            reader.ReadCount("the number of keys", kMaxKeys, kMinKeyBytes));
  LLMEMBED_ASSIGN_OR_RETURN(std::vector<MetadataEntry> keys, ReadKeys(&reader, key_count));
  LLMEMBED_RETURN_IF_ERROR(CheckUnique(reader, keys, "key", [](const MetadataEntry& entry) {
    return std::pair(entry.key, entry.file_byte);
  }));
  contents.metadata = Metadata(file, std::move(keys));
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t alignment, ReadAlignment(reader, contents.metadata));

  std::vector<TensorEntry> entries;
  entries.reserve(tensor_count);
  for (uint64_t i = 0; i < tensor_count; ++i) {
    LLMEMBED_ASSIGN_OR_RETURN(TensorEntry entry, ReadTensor(&reader, alignment));
    entries.push_back(entry);
  }
  LLMEMBED_RETURN_IF_ERROR(CheckUnique(reader, entries, "tensor", [](const TensorEntry& entry) {
    return std::pair(entry.tensor.name, entry.tensor.file_byte);
  }));
  const uint64_t data_begin = std::min<uint64_t>(AlignUp(reader.offset(), alignment), bytes.size());
  LLMEMBED_RETURN_IF_ERROR(PlaceTensors(reader, bytes.subspan(data_begin), alignment, &entries));
  contents.tensors.reserve(entries.size());
  for (const TensorEntry& entry : entries) contents.tensors.push_back(entry.tensor);
  return contents;
}

}  // namespace llmembed::gguf
