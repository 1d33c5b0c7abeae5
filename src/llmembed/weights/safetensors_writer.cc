#include "weights/safetensors_writer.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/file_io.h"
#include "base/quoted.h"

namespace llmembed::weights {
namespace {

bool ComesBefore(const NamedTensor* a, const NamedTensor* b) {
  const uint64_t a_size = tensor::DTypeSize(a->view.dtype);
  const uint64_t b_size = tensor::DTypeSize(b->view.dtype);
  return a_size != b_size ? a_size > b_size : a->name < b->name;
}

bool HasTheBytesOfItsShape(const tensor::TensorView& view) {
  std::optional<uint64_t> bytes = view.shape.ElementCount();
  if (bytes) bytes = tensor::ByteSize(view.dtype, *bytes);
  return bytes == view.bytes.size();
}

}  // namespace

Status WriteSafetensors(const std::string& path, std::span<const NamedTensor> tensors,
                        const Metadata& metadata) {
  std::vector<const NamedTensor*> in_order;
  for (const NamedTensor& tensor : tensors) in_order.push_back(&tensor);
  std::sort(in_order.begin(), in_order.end(), ComesBefore);

  std::vector<TensorEntry> entries;
  uint64_t offset = 0;
  for (const NamedTensor* tensor : in_order) {
    const tensor::TensorView& view = tensor->view;
    if (!HasTheBytesOfItsShape(view)) {
      return Status(StatusCode::kInternal, path + ": tensor " + base::Quoted(tensor->name) +
                                               " has " + std::to_string(view.bytes.size()) +
                                               " bytes, not those of its shape " +
                                               view.shape.ToString());
    }
    entries.push_back(
        {tensor->name, view.dtype, view.shape, offset, offset + view.bytes.size(), 0});
    offset += view.bytes.size();
  }

  Result<std::string> header = BuildSafetensorsHeader(entries, metadata);
  if (!header.ok()) return header.status().WithContext(path);
  LLMEMBED_ASSIGN_OR_RETURN(base::AtomicFile file, base::AtomicFile::Create(path));
  LLMEMBED_RETURN_IF_ERROR(file.Write(std::string_view(*header)));
  for (const NamedTensor* tensor : in_order) {
    LLMEMBED_RETURN_IF_ERROR(file.Write(tensor->view.bytes));
  }
  return file.Commit();
}

}  // namespace llmembed::weights
