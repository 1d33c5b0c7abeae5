// Several safetensors files and the index that makes them one set of tensors.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "llmembed/status.h"
#include "weights/safetensors.h"
#include "weights/weight_source.h"

namespace llmembed::weights {

class ShardedSafetensors final : public WeightSource {
 public:
  // Opens model.safetensors.index.json and every shard it names. Index and shards must agree
  // exactly: each tensor stands in the shard the index says, and in no other.
  // Errors: kCorrupt, kNotFound (a shard), kUnsupported, kIo.
  static Result<std::unique_ptr<ShardedSafetensors>> Open(const std::string& folder);

  const std::vector<std::string>& Names() const override { return names_; }
  const tensor::TensorView* Find(std::string_view name) const override;
  void DoneWith(const tensor::TensorView& view) const override { base::DropPages(view.bytes); }
  const std::string& path() const override { return index_path_; }

 private:
  ShardedSafetensors() = default;

  std::string index_path_;
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<SafetensorsFile>> shards_;
  std::map<std::string, tensor::TensorView, std::less<>> tensors_;
};

}  // namespace llmembed::weights
