#include "weights/sharded_safetensors.h"

#include <utility>

#include "base/quoted.h"
#include "weights/model_files.h"

namespace llmembed::weights {
namespace {

// Every tensor of the shard is in the index, and there under this shard.
Status CheckAgainstIndex(const SafetensorsFile& file, const std::string& shard,
                         const ShardIndex& index) {
  for (const std::string& name : file.Names()) {
    const auto listed = index.weight_map.find(name);
    if (listed == index.weight_map.end()) {
      return Status(StatusCode::kCorrupt,
                    file.path() + ": tensor " + base::Quoted(name) + " is not in " + index.path);
    }
    if (listed->second != shard) {
      return Status(StatusCode::kCorrupt, file.path() + ": tensor " + base::Quoted(name) +
                                              " stands here, but " + index.path + " has it in " +
                                              base::Quoted(listed->second));
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ShardedSafetensors>> ShardedSafetensors::Open(const std::string& folder) {
  LLMEMBED_ASSIGN_OR_RETURN(const ShardIndex index, ReadShardIndex(folder));
  std::unique_ptr<ShardedSafetensors> set(new ShardedSafetensors());
  set->index_path_ = index.path;
  for (const std::string& shard : index.shards) {
    LLMEMBED_ASSIGN_OR_RETURN(const std::string path, FileInFolder(folder, shard));
    LLMEMBED_ASSIGN_OR_RETURN(auto file, SafetensorsFile::Open(path));
    LLMEMBED_RETURN_IF_ERROR(CheckAgainstIndex(*file, shard, index));
    for (const std::string& name : file->Names()) set->tensors_.emplace(name, *file->Find(name));
    set->shards_.push_back(std::move(file));
  }
  for (const auto& [name, shard] : index.weight_map) {
    if (!set->tensors_.contains(name)) {
      return Status(StatusCode::kCorrupt, index.path + ": tensor " + base::Quoted(name) +
                                              " does not stand in " + base::Quoted(shard));
    }
    set->names_.push_back(name);
  }
  return set;
}

const tensor::TensorView* ShardedSafetensors::Find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

}  // namespace llmembed::weights
