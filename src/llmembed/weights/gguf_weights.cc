#include "weights/gguf_weights.h"

#include <utility>

#include "base/quoted.h"

namespace llmembed::weights {
namespace {

constexpr char kSplitCountKey[] = "split.count";

Status CheckNotSplit(const gguf::GgufFile& file) {
  if (!file.metadata().Has(kSplitCountKey)) return {};
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t count, file.metadata().Uint(kSplitCountKey));
  if (count <= 1) return {};
  return {StatusCode::kUnsupported, file.path() + ": is one of " + std::to_string(count) +
                                        " files that make one model; join them first: "
                                        "llama-gguf-split --merge FIRST_FILE ONE_FILE"};
}

}  // namespace

Result<std::unique_ptr<GgufWeights>> GgufWeights::Create(std::unique_ptr<gguf::GgufFile> file,
                                                         const Renaming& rename) {
  LLMEMBED_RETURN_IF_ERROR(CheckNotSplit(*file));
  std::unique_ptr<GgufWeights> weights(new GgufWeights(std::move(file)));
  const std::string& path = weights->path();
  for (const gguf::GgufTensor& tensor : weights->file_->tensors()) {
    const std::string stored(tensor.name);
    if (!tensor.type->dtype) {
      return Status(StatusCode::kUnsupported, path + ": tensor " + base::Quoted(stored) + " is " +
                                                  tensor.type->name +
                                                  ", a quantisation that is not done here");
    }
    const tensor::TensorView view{*tensor.type->dtype, tensor.shape, tensor.bytes};
    if (!weights->tensors_.emplace(rename ? rename(stored) : stored, view).second) {
      return Status(StatusCode::kCorrupt, path + ": tensor " + base::Quoted(stored) +
                                              " stands for the same weight as another one");
    }
  }
  for (const auto& [name, view] : weights->tensors_) weights->names_.push_back(name);
  return weights;
}

const tensor::TensorView* GgufWeights::Find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

}  // namespace llmembed::weights
