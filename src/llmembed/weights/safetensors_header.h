// The header of a safetensors file: its rules, read and written.
//
// The format (github.com/huggingface/safetensors): 8 bytes N, little-endian; N bytes of JSON,
// {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [BEGIN, END]}, ...,
// "__metadata__": {"KEY": "TEXT"}}; then the tensors' bytes, to which the offsets refer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "llmembed/status.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace llmembed::weights {

inline constexpr uint64_t kMaxNameBytes = 1024;               // tensor names, metadata keys
inline constexpr uint64_t kMaxMetadataValueBytes = 1U << 20;  // 1 MiB
inline constexpr uint64_t kMaxTensors = 65'536;               // and metadata entries

struct SafetensorsLimits {
  uint64_t max_header_bytes = 100'000'000;  // the format's own limit; lower it for small files
};

// One tensor of the header. begin and end count from the first byte behind the header.
struct TensorEntry {
  std::string name;
  tensor::DType dtype = tensor::DType::kF32;
  tensor::Shape shape;
  uint64_t begin = 0;
  uint64_t end = 0;
  uint64_t header_byte = 0;  // where in the file the entry stands; for messages
};

using Metadata = std::map<std::string, std::string>;

struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;  // in the order of their data
  Metadata metadata;
  uint64_t data_begin = 0;  // in the file: 8 + N
};

// Reads and checks the header of a whole file (`bytes`): afterwards every tensor's bytes lie inside
// the file, are exactly product(shape) * DTypeSize(dtype) long, and together they cover what is
// behind the header with no hole and no overlap. Beyond the format's own rules it refuses duplicate
// keys, unknown fields of an entry, ranks above tensor::kMaxRank and what is over the limits.
//
// Errors: kCorrupt, kUnsupported (a dtype we do not read); the message begins with `file` and names
// the byte offset, the tensor and the rule. Memory: in proportion to the header.
Result<SafetensorsHeader> ParseSafetensorsHeader(std::span<const std::byte> bytes,
                                                 const std::string& file,
                                                 const SafetensorsLimits& limits = {});

// The bytes before the data: N, the JSON with the entries in the order given, and spaces up to a
// multiple of 8 and at least `min_bytes` in all. Same input, same bytes. header_byte is not used.
// Errors: kUsage for names or metadata that ParseSafetensorsHeader would refuse.
Result<std::string> BuildSafetensorsHeader(std::span<const TensorEntry> tensors,
                                           const Metadata& metadata, uint64_t min_bytes = 0);

}  // namespace llmembed::weights
