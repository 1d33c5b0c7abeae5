#include "weights/safetensors.h"

#include <utility>

namespace llmembed::weights {

Result<std::unique_ptr<SafetensorsFile>> SafetensorsFile::Open(const std::string& path,
                                                               const SafetensorsLimits& limits) {
  LLMEMBED_ASSIGN_OR_RETURN(base::MappedFile file, base::MappedFile::Open(path));
  LLMEMBED_ASSIGN_OR_RETURN(SafetensorsHeader header,
                            ParseSafetensorsHeader(file.bytes(), path, limits));
  return std::unique_ptr<SafetensorsFile>(new SafetensorsFile(std::move(file), std::move(header)));
}

SafetensorsFile::SafetensorsFile(base::MappedFile file, SafetensorsHeader header)
    : file_(std::move(file)), metadata_(std::move(header.metadata)) {
  const auto data = file_.bytes().subspan(header.data_begin);
  for (TensorEntry& entry : header.tensors) {
    const tensor::TensorView view{entry.dtype, entry.shape,
                                  data.subspan(entry.begin, entry.end - entry.begin)};
    tensors_.emplace(std::move(entry.name), view);
  }
  names_.reserve(tensors_.size());
  for (const auto& [name, view] : tensors_) names_.push_back(name);
}

const tensor::TensorView* SafetensorsFile::Find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

}  // namespace llmembed::weights
