// One safetensors file as a source of tensors.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "llmembed/status.h"
#include "weights/safetensors_header.h"
#include "weights/weight_source.h"

namespace llmembed::weights {

// Maps the file and hands out views of its bytes; nothing is copied, and values are not looked at
// (ToFloat does that). Old files place tensors at odd offsets: see TensorView::As.
class SafetensorsFile final : public WeightSource {
 public:
  // kNotFound, kIo; else as ParseSafetensorsHeader.
  static Result<std::unique_ptr<SafetensorsFile>> Open(const std::string& path,
                                                       const SafetensorsLimits& limits = {});

  const std::vector<std::string>& Names() const override { return names_; }
  const tensor::TensorView* Find(std::string_view name) const override;
  void DoneWith(const tensor::TensorView& view) const override { base::DropPages(view.bytes); }
  const std::string& path() const override { return file_.path(); }

  const Metadata& metadata() const { return metadata_; }

 private:
  SafetensorsFile(base::MappedFile file, SafetensorsHeader header);

  base::MappedFile file_;
  Metadata metadata_;
  std::vector<std::string> names_;
  std::map<std::string, tensor::TensorView, std::less<>> tensors_;
};

}  // namespace llmembed::weights
