#include "weights/open_weights.h"

#include <utility>

#include "weights/model_files.h"
#include "weights/safetensors.h"
#include "weights/sharded_safetensors.h"

namespace llmembed::weights {

Result<std::unique_ptr<WeightSource>> OpenWeights(const std::string& folder) {
  LLMEMBED_ASSIGN_OR_RETURN(const WeightLayout layout, FindWeights(folder));
  if (layout == WeightLayout::kSharded) {
    LLMEMBED_ASSIGN_OR_RETURN(auto shards, ShardedSafetensors::Open(folder));
    return std::unique_ptr<WeightSource>(std::move(shards));
  }
  LLMEMBED_ASSIGN_OR_RETURN(const std::string path, FileInFolder(folder, kSingleFileName));
  LLMEMBED_ASSIGN_OR_RETURN(auto file, SafetensorsFile::Open(path));
  return std::unique_ptr<WeightSource>(std::move(file));
}

Result<std::vector<std::string>> WeightFiles(const std::string& folder) {
  LLMEMBED_ASSIGN_OR_RETURN(const WeightLayout layout, FindWeights(folder));
  std::vector<std::string> files;
  if (layout == WeightLayout::kSingleFile) {
    LLMEMBED_ASSIGN_OR_RETURN(std::string path, FileInFolder(folder, kSingleFileName));
    files.push_back(std::move(path));
    return files;
  }
  LLMEMBED_ASSIGN_OR_RETURN(const ShardIndex index, ReadShardIndex(folder));
  files.push_back(index.path);
  for (const std::string& shard : index.shards) {
    LLMEMBED_ASSIGN_OR_RETURN(std::string path, FileInFolder(folder, shard));
    files.push_back(std::move(path));
  }
  return files;
}

}  // namespace llmembed::weights
