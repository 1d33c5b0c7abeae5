#include "weights/safetensors_header.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/bytes_reader.h"
#include "base/quoted.h"
#include "base/utf8.h"
#include "weights/header_sax.h"

namespace llmembed::weights {
namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors files are little-endian and their tensors are used in place");

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kHeaderAlignment = 8;  // so that tensors of up to 8-byte elements are aligned

// Characters of the header that report how far the reading has come.
class TrackingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  TrackingIterator(const char* at, uint64_t* position) : at_(at), position_(position) {}
  reference operator*() const { return *at_; }
  TrackingIterator& operator++() {
    ++at_;
    ++*position_;
    return *this;
  }
  bool operator==(const TrackingIterator& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  uint64_t* position_;
};

Status Corrupt(const std::string& file, uint64_t offset, const std::string& rule) {
  return Status(StatusCode::kCorrupt, file + ": at byte " + std::to_string(offset) + ": " + rule);
}

// The JSON text, its length checked before anything is done with it.
Result<std::string_view> HeaderText(std::span<const std::byte> bytes, const std::string& file,
                                    const SafetensorsLimits& limits) {
  base::BytesReader reader(bytes);
  const auto length = reader.Read<uint64_t>();
  if (!length) {
    return Corrupt(file, bytes.size(), "file ends within the 8 bytes of the header length");
  }
  if (*length > limits.max_header_bytes) {
    return Corrupt(file, 0,
                   "header length " + std::to_string(*length) + " is over the limit of " +
                       std::to_string(limits.max_header_bytes));
  }
  const auto header = reader.ReadBytes(*length);
  if (!header) {
    return Corrupt(file, 0,
                   "header length " + std::to_string(*length) + " is more than the " +
                       std::to_string(reader.remaining()) + " bytes that follow");
  }
  return std::string_view(reinterpret_cast<const char*>(header->data()), header->size());
}

Status CheckText(std::string_view text, const std::string& file) {
  if (!text.starts_with('{')) return Corrupt(file, kLengthBytes, "header does not begin with '{'");
  if (!base::IsValidUtf8(text)) return Corrupt(file, kLengthBytes, "header is not UTF-8");
  // The JSON reader takes a NUL for the end of its input and would not see what follows.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return Corrupt(file, kLengthBytes + nul, "header holds a NUL byte");
  }
  const size_t last = text.find_last_not_of(' ');
  if (text[last] != '}') {
    return Corrupt(file, kLengthBytes + last, "header does not end in '}' and spaces");
  }
  return {};
}

Status CheckEntry(const TensorEntry& entry, const SafetensorsHeader& header,
                  uint64_t expected_begin, uint64_t file_bytes) {
  const uint64_t data_bytes = file_bytes - header.data_begin;
  const auto range = [&] {
    return "data_offsets [" + std::to_string(entry.begin) + ", " + std::to_string(entry.end) + "]";
  };
  const auto refuse = [&](const std::string& rule) {
    return Status(StatusCode::kCorrupt, "at byte " + std::to_string(entry.header_byte) +
                                            ": tensor " + base::Quoted(entry.name) + ": " + rule);
  };
  if (entry.end < entry.begin) return refuse(range() + " end before they begin");
  if (entry.end > data_bytes) {
    return refuse(range() + " reach beyond the " + std::to_string(data_bytes) +
                  " bytes of data: the file is cut short, or was not written whole");
  }
  if (entry.begin != expected_begin) {
    return refuse(range() +
                  (entry.begin > expected_begin ? " leave a hole after byte "
                                                : " overlap the data before byte ") +
                  std::to_string(expected_begin));
  }
  std::optional<uint64_t> bytes = entry.shape.ElementCount();
  if (bytes) bytes = tensor::ByteSize(entry.dtype, *bytes);
  if (!bytes) return refuse("shape " + entry.shape.ToString() + " does not fit 64 bits");
  if (*bytes != entry.end - entry.begin) {
    return refuse(range() + " hold " + std::to_string(entry.end - entry.begin) + " bytes, but " +
                  tensor::DTypeName(entry.dtype) + " " + entry.shape.ToString() + " needs " +
                  std::to_string(*bytes));
  }
  return {};
}

// Puts the tensors in the order of their data and checks that they cover it exactly.
Status CheckLayout(SafetensorsHeader* header, uint64_t file_bytes) {
  std::sort(header->tensors.begin(), header->tensors.end(),
            [](const TensorEntry& a, const TensorEntry& b) {
              return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
            });
  uint64_t covered = 0;
  for (const TensorEntry& entry : header->tensors) {
    LLMEMBED_RETURN_IF_ERROR(CheckEntry(entry, *header, covered, file_bytes));
    covered = entry.end;
  }
  const uint64_t end = header->data_begin + covered;  // <= file_bytes, as CheckEntry saw to it
  if (end != file_bytes) {
    return Status(StatusCode::kCorrupt, "at byte " + std::to_string(end) +
                                            ": the last tensor ends" + " here, but the file has " +
                                            std::to_string(file_bytes) + " bytes");
  }
  return {};
}

Status CheckWritableName(std::string_view name) {
  if (name.size() > kMaxNameBytes || !base::IsValidUtf8(name)) {
    return Status(StatusCode::kUsage, "name " + base::Quoted(name) + " is not UTF-8 of at most " +
                                          std::to_string(kMaxNameBytes) + " bytes");
  }
  return {};
}

Status CheckWritable(std::span<const TensorEntry> tensors, const Metadata& metadata) {
  if (tensors.size() > kMaxTensors || metadata.size() > kMaxTensors) {
    return Status(StatusCode::kUsage, "more than " + std::to_string(kMaxTensors) +
                                          " tensors or metadata entries in one file");
  }
  std::set<std::string_view> names = {"__metadata__"};
  for (const TensorEntry& entry : tensors) {
    LLMEMBED_RETURN_IF_ERROR(CheckWritableName(entry.name));
    if (!names.insert(entry.name).second) {
      return Status(StatusCode::kUsage,
                    "tensor name " + base::Quoted(entry.name) + " is used twice or reserved");
    }
    if (tensor::IsBlockType(entry.dtype)) {
      return Status(StatusCode::kUsage, "tensor " + base::Quoted(entry.name) + " is " +
                                            tensor::DTypeName(entry.dtype) +
                                            ", which safetensors cannot hold");
    }
  }
  for (const auto& [key, value] : metadata) {
    LLMEMBED_RETURN_IF_ERROR(CheckWritableName(key));
    if (value.size() > kMaxMetadataValueBytes || !base::IsValidUtf8(value)) {
      return Status(StatusCode::kUsage, "metadata value of " + base::Quoted(key) +
                                            " is not UTF-8 of at most " +
                                            std::to_string(kMaxMetadataValueBytes) + " bytes");
    }
  }
  return {};
}

}  // namespace

Result<SafetensorsHeader> ParseSafetensorsHeader(std::span<const std::byte> bytes,
                                                 const std::string& file,
                                                 const SafetensorsLimits& limits) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string_view text, HeaderText(bytes, file, limits));
  LLMEMBED_RETURN_IF_ERROR(CheckText(text, file));

  SafetensorsHeader header;
  header.data_begin = kLengthBytes + text.size();
  uint64_t position = kLengthBytes;
  HeaderSax sax(&header, &position);
  const TrackingIterator first(text.data(), &position);
  const TrackingIterator last(text.data() + text.size(), &position);
  if (!nlohmann::json::sax_parse(first, last, &sax)) return sax.refusal().WithContext(file);

  if (Status layout = CheckLayout(&header, bytes.size()); !layout.ok()) {
    return layout.WithContext(file);
  }
  return header;
}

Result<std::string> BuildSafetensorsHeader(std::span<const TensorEntry> tensors,
                                           const Metadata& metadata, uint64_t min_bytes) {
  LLMEMBED_RETURN_IF_ERROR(CheckWritable(tensors, metadata));
  std::string text = "{";
  const auto begin_field = [&text](const std::string& name) {
    if (text.size() > 1) text += ',';
    text += nlohmann::json(name).dump() + ':';
  };
  if (!metadata.empty()) {
    begin_field("__metadata__");
    text += nlohmann::json(metadata).dump();
  }
  for (const TensorEntry& entry : tensors) {
    begin_field(entry.name);
    const auto extents = entry.shape.extents();
    const nlohmann::json fields = {{"dtype", tensor::DTypeName(entry.dtype)},
                                   {"shape", std::vector<int64_t>(extents.begin(), extents.end())},
                                   {"data_offsets", std::vector<uint64_t>{entry.begin, entry.end}}};
    text += fields.dump();
  }
  text += '}';
  uint64_t total = std::max<uint64_t>(kLengthBytes + text.size(), min_bytes);
  total = (total + kHeaderAlignment - 1) / kHeaderAlignment * kHeaderAlignment;
  const uint64_t length = total - kLengthBytes;
  if (length > SafetensorsLimits().max_header_bytes) {
    return Status(StatusCode::kUsage, "names and metadata make a safetensors header of " +
                                          std::to_string(length) + " bytes, too long to be read");
  }
  std::string header(reinterpret_cast<const char*>(&length), kLengthBytes);
  header += text;
  header.resize(total, ' ');
  return header;
}

}  // namespace llmembed::weights
