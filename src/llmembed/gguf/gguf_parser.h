// The rules of GGUF, read and checked; knows bytes, not files.
//
// The format (github.com/ggml-org/ggml, docs/gguf.md), little-endian: "GGUF", a version, the
// numbers of tensors and of metadata keys; the keys with typed values; each tensor's name, extents,
// type and offset; then, from the next multiple of general.alignment, the tensors' bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gguf/ggml_type.h"
#include "gguf/metadata.h"
#include "llmembed/status.h"
#include "tensor/shape.h"

namespace llmembed::gguf {

inline constexpr char kMagic[] = {'G', 'G', 'U', 'F'};

inline constexpr uint64_t kMaxTensors = 65'536;
inline constexpr uint64_t kMaxKeys = 65'536;
inline constexpr uint64_t kMaxNameBytes = 1024;        // of keys and tensor names
inline constexpr uint64_t kMaxStringBytes = 1U << 20;  // 1 MiB
inline constexpr uint64_t kMaxArrayElements = 4'000'000;
inline constexpr size_t kMaxTensorRank = 4;
inline constexpr uint64_t kDefaultAlignment = 32;
inline constexpr uint64_t kMinAlignment = 8;
inline constexpr uint64_t kMaxAlignment = 65'536;

struct GgufTensor {
  std::string_view name;
  const GgmlType* type = nullptr;
  tensor::Shape shape;  // row-major, as Hugging Face has it: GGML's extents in reverse
  std::span<const std::byte> bytes;
  uint64_t file_byte = 0;  // where its entry stands; for messages
};

// Views into the bytes it was read from.
struct GgufContents {
  uint32_t version = 0;
  Metadata metadata;
  std::vector<GgufTensor> tensors;  // in the order of their data
};

// Reads versions 2 and 3. Afterwards every value and every tensor lies inside `bytes`; tensors are
// exactly as long as shape and type say and follow one another without overlap or hole, save for
// padding to the alignment, which is what GGML's own reader asks for too. Duplicate keys and names,
// nested arrays, bools other than 0 and 1, and what is over the limits above are refused.
//
// Errors: kCorrupt, kUnsupported (version, byte order, a type of elements that GGML does not know);
// the message begins with `file`, names the byte, the key or tensor, and the rule. Memory: in
// proportion to the numbers of keys and tensors; nothing is allocated by a count that the bytes
// left cannot hold. Time: O(bytes of the header + n log n).
Result<GgufContents> ParseGguf(std::span<const std::byte> bytes, const std::string& file);

}  // namespace llmembed::gguf
