// libFuzzer target: any bytes as a GGUF file. Beyond not crashing, what is accepted must lie inside
// the file without overlap, every getter must give its value or an error that names the file, and
// weights must become finite numbers or an error.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "gguf/gguf_parser.h"
#include "tensor/tensor_view.h"
#include "weights/to_float.h"

namespace {

namespace gguf = llmembed::gguf;

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

template <typename T>
void RequireSound(const llmembed::Result<T>& result) {
  Require(result.ok() || result.status().message().starts_with("fuzz: "));
}

bool LiesIn(std::span<const std::byte> file, const void* begin, uint64_t bytes) {
  const auto* first = static_cast<const std::byte*>(begin);
  return bytes == 0 || (first >= file.data() && first + bytes <= file.data() + file.size());
}

void CheckMetadata(const gguf::Metadata& metadata, std::span<const std::byte> file) {
  for (const gguf::MetadataEntry& entry : metadata.entries()) {
    Require(metadata.Find(entry.key) == &entry);
    Require(LiesIn(file, entry.key.data(), entry.key.size()));
    RequireSound(metadata.Uint(entry.key));
    RequireSound(metadata.Float(entry.key));
    RequireSound(metadata.Bool(entry.key));
    const auto string = metadata.String(entry.key);
    RequireSound(string);
    if (string.ok()) Require(LiesIn(file, string->data(), string->size()));
    RequireSound(metadata.FloatArray(entry.key));
    RequireSound(metadata.IntArray(entry.key));
    const auto strings = metadata.StringArray(entry.key);
    RequireSound(strings);
    if (!strings.ok()) continue;
    Require(strings->size() == entry.count);
    for (const std::string_view text : *strings) Require(LiesIn(file, text.data(), text.size()));
  }
}

void CheckTensors(const gguf::GgufContents& contents, std::span<const std::byte> file) {
  const std::byte* end = file.data();
  for (const gguf::GgufTensor& tensor : contents.tensors) {
    Require(LiesIn(file, tensor.bytes.data(), tensor.bytes.size()));
    const auto elements = tensor.shape.ElementCount();
    Require(elements.has_value());
    Require(*elements / tensor.type->block.elements * tensor.type->block.bytes ==
            tensor.bytes.size());
    if (tensor.type->dtype) {
      const llmembed::tensor::TensorView view{*tensor.type->dtype, tensor.shape, tensor.bytes};
      const auto values = llmembed::weights::ToFloat(view, std::string(tensor.name));
      Require(!values.ok() || values->size() == *elements);
    }
    if (tensor.bytes.empty()) continue;
    Require(tensor.bytes.data() >= end);
    end = tensor.bytes.data() + tensor.bytes.size();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = std::as_bytes(std::span(data, size));
  const auto contents = gguf::ParseGguf(file, "fuzz");
  if (!contents.ok()) {
    Require(contents.status().message().starts_with("fuzz: at byte "));
    return 0;
  }
  CheckMetadata(contents->metadata, file);
  CheckTensors(*contents, file);
  return 0;
}
