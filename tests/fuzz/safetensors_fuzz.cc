// libFuzzer target: any bytes as a safetensors file. Beyond not crashing, what is accepted must lie
// inside the file, cover it exactly, and mean the same once it is written and read again.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "tensor/tensor_view.h"
#include "weights/safetensors_header.h"
#include "weights/to_float.h"

namespace {

namespace tensor = llmembed::tensor;
namespace weights = llmembed::weights;

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

bool IsFloat(tensor::DType dtype) {
  return dtype == tensor::DType::kF32 || dtype == tensor::DType::kF16 ||
         dtype == tensor::DType::kBF16;
}

void CheckTensors(const weights::SafetensorsHeader& header, std::span<const std::byte> file) {
  uint64_t covered = header.data_begin;
  for (const weights::TensorEntry& entry : header.tensors) {
    Require(header.data_begin + entry.begin == covered && entry.end >= entry.begin);
    covered = header.data_begin + entry.end;
    Require(covered <= file.size());
    const auto elements = entry.shape.ElementCount();
    Require(elements && *elements * tensor::DTypeSize(entry.dtype) == entry.end - entry.begin);
    const tensor::TensorView view{
        entry.dtype, entry.shape,
        file.subspan(header.data_begin + entry.begin, entry.end - entry.begin)};
    const auto values = weights::ToFloat(view, entry.name);  // touches every byte
    Require(!values.ok() || (IsFloat(entry.dtype) && values->size() == *elements));
  }
  Require(covered == file.size());
}

void CheckRoundTrip(const weights::SafetensorsHeader& header, std::span<const std::byte> file) {
  auto rewritten = weights::BuildSafetensorsHeader(header.tensors, header.metadata);
  Require(rewritten.ok());
  const auto data = file.subspan(header.data_begin);
  rewritten->append(reinterpret_cast<const char*>(data.data()), data.size());
  const auto again = weights::ParseSafetensorsHeader(std::as_bytes(std::span(*rewritten)), "again");
  Require(again.ok() && again->metadata == header.metadata);
  Require(again->tensors.size() == header.tensors.size());
  for (size_t i = 0; i < header.tensors.size(); ++i) {
    const weights::TensorEntry& before = header.tensors[i];
    const weights::TensorEntry& after = again->tensors[i];
    Require(before.name == after.name && before.dtype == after.dtype &&
            before.shape == after.shape && before.begin == after.begin && before.end == after.end);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = std::as_bytes(std::span(data, size));
  const auto header = weights::ParseSafetensorsHeader(file, "fuzz", {.max_header_bytes = 1U << 16});
  if (!header.ok()) {
    Require(header.status().message().starts_with("fuzz: at byte "));
    return 0;
  }
  CheckTensors(*header, file);
  CheckRoundTrip(*header, file);
  return 0;
}
