// The tensors of a GGUF file as a model's weights.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "gguf/gguf_file.h"
#include "llmembed/status.h"
#include "weights/weight_source.h"

namespace llmembed::weights {

// What a backbone calls the tensor that a file calls `stored`.
using Renaming = std::function<std::string(std::string_view stored)>;

// An empty renaming leaves names as they are. Hands out views of the mapped file under other names;
// nothing is copied.
class GgufWeights final : public WeightSource {
 public:
  // kCorrupt: two tensors get one name. kUnsupported: a type of elements that is not done here, or
  // one file of several that make one model.
  static Result<std::unique_ptr<GgufWeights>> Create(std::unique_ptr<gguf::GgufFile> file,
                                                     const Renaming& rename);

  const std::vector<std::string>& Names() const override { return names_; }
  const tensor::TensorView* Find(std::string_view name) const override;
  void DoneWith(const tensor::TensorView& view) const override { base::DropPages(view.bytes); }
  std::shared_ptr<const void> owner() const override { return file_; }
  const std::string& path() const override { return file_->path(); }

 private:
  explicit GgufWeights(std::unique_ptr<gguf::GgufFile> file) : file_(std::move(file)) {}

  std::shared_ptr<const gguf::GgufFile> file_;
  std::vector<std::string> names_;
  std::map<std::string, tensor::TensorView, std::less<>> tensors_;
};

}  // namespace llmembed::weights
