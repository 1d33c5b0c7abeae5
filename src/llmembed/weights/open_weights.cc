#include "weights/open_weights.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "gguf/find_gguf.h"
#include "weights/model_files.h"
#include "weights/safetensors.h"
#include "weights/sharded_safetensors.h"

namespace llmembed::weights {
namespace {

// The model's GGUF file, which must not be a link out of a folder that was asked for.
Result<std::optional<std::string>> FindGgufInPlace(const std::string& path) {
  const std::optional<std::string> found = gguf::FindGguf(path);
  if (!found || *found == path) return found;
  const std::string name = std::filesystem::path(*found).filename().string();
  LLMEMBED_ASSIGN_OR_RETURN(std::string file, FileInFolder(path, name));
  return std::optional(std::move(file));
}

}  // namespace

Result<std::unique_ptr<WeightSource>> OpenWeights(const std::string& path, const Renaming& rename) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto gguf_path, FindGgufInPlace(path));
  if (gguf_path) {
    LLMEMBED_ASSIGN_OR_RETURN(auto file, gguf::GgufFile::Open(*gguf_path));
    LLMEMBED_ASSIGN_OR_RETURN(auto weights, GgufWeights::Create(std::move(file), rename));
    return std::unique_ptr<WeightSource>(std::move(weights));
  }
  const std::string& folder = path;
  LLMEMBED_ASSIGN_OR_RETURN(const WeightLayout layout, FindWeights(folder));
  if (layout == WeightLayout::kSharded) {
    LLMEMBED_ASSIGN_OR_RETURN(auto shards, ShardedSafetensors::Open(folder));
    return std::unique_ptr<WeightSource>(std::move(shards));
  }
  LLMEMBED_ASSIGN_OR_RETURN(const std::string single, FileInFolder(folder, kSingleFileName));
  LLMEMBED_ASSIGN_OR_RETURN(auto file, SafetensorsFile::Open(single));
  return std::unique_ptr<WeightSource>(std::move(file));
}

Result<std::vector<std::string>> WeightFiles(const std::string& path) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto gguf_path, FindGgufInPlace(path));
  if (gguf_path) return std::vector{*gguf_path};
  const std::string& folder = path;
  LLMEMBED_ASSIGN_OR_RETURN(const WeightLayout layout, FindWeights(folder));
  std::vector<std::string> files;
  if (layout == WeightLayout::kSingleFile) {
    LLMEMBED_ASSIGN_OR_RETURN(std::string single, FileInFolder(folder, kSingleFileName));
    files.push_back(std::move(single));
    return files;
  }
  LLMEMBED_ASSIGN_OR_RETURN(const ShardIndex index, ReadShardIndex(folder));
  files.push_back(index.path);
  for (const std::string& shard : index.shards) {
    LLMEMBED_ASSIGN_OR_RETURN(std::string file, FileInFolder(folder, shard));
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace llmembed::weights
