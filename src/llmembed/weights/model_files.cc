#include "weights/model_files.h"

#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "base/file_io.h"
#include "base/json.h"
#include "base/quoted.h"
#include "weights/no_weights.h"
#include "weights/safetensors_header.h"

namespace llmembed::weights {
namespace {

namespace fs = std::filesystem;

// 65,536 tensors with names and shards of ordinary length; DOM memory is a few times this.
constexpr base::JsonLimits kIndexLimits = {.max_bytes = 16U << 20, .max_depth = 8};
constexpr size_t kMaxShards = 1024;
constexpr size_t kMaxFileNameBytes = 255;

bool IsPlainFileName(const std::string& name) {
  return !name.empty() && name.size() <= kMaxFileNameBytes && name != "." && name != ".." &&
         name.find('/') == std::string::npos && name.find('\\') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

// Where links from the folder may lead: the folder, or .../models--X of .../models--X/snapshots/C.
fs::path LinkRoot(const fs::path& real_folder) {
  const fs::path snapshots = real_folder.parent_path();
  const fs::path repository = snapshots.parent_path();
  const bool in_hub_cache =
      snapshots.filename() == "snapshots" && repository.filename().string().starts_with("models--");
  return in_hub_cache ? repository : real_folder;
}

bool LiesIn(const fs::path& real_path, const fs::path& real_root) {
  const fs::path relative = real_path.lexically_relative(real_root);
  return !relative.empty() && *relative.begin() != "..";
}

bool Exists(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

}  // namespace

Result<std::string> FileInFolder(const std::string& folder, const std::string& name) {
  if (!IsPlainFileName(name)) {
    return Status(StatusCode::kCorrupt,
                  folder + ": " + base::Quoted(name) + " is not a plain file name of this folder");
  }
  const std::string path = (fs::path(folder) / name).string();
  std::error_code error;
  const fs::path real_folder = fs::canonical(folder, error);
  if (error) return base::IoError(folder, "open the folder", error.value());
  const fs::path real_path = fs::canonical(path, error);
  if (error) return base::IoError(path, "open", error.value());
  if (!LiesIn(real_path, LinkRoot(real_folder))) {
    return Status(StatusCode::kCorrupt, path + ": is a link out of the model's folder, to " +
                                            base::Quoted(real_path.string()));
  }
  return path;
}

Result<ShardIndex> ReadShardIndex(const std::string& folder) {
  ShardIndex index;
  LLMEMBED_ASSIGN_OR_RETURN(index.path, FileInFolder(folder, kShardIndexName));
  const auto corrupt = [&](const std::string& rule) {
    return Status(StatusCode::kCorrupt, index.path + ": " + rule);
  };
  LLMEMBED_ASSIGN_OR_RETURN(const base::Json json, base::ReadJsonFile(index.path, kIndexLimits));
  const auto weight_map = json.find("weight_map");
  if (weight_map == json.end() || !weight_map->is_object() || weight_map->empty()) {
    return corrupt("weight_map is not an object with at least one tensor");
  }
  if (weight_map->size() > kMaxTensors) {
    return corrupt("weight_map has more than " + std::to_string(kMaxTensors) + " tensors");
  }
  std::set<std::string> shards;
  for (const auto& [name, shard] : weight_map->items()) {
    if (!shard.is_string())
      return corrupt("shard of tensor " + base::Quoted(name) + " is not a string");
    auto shard_name = shard.get<std::string>();
    if (!IsPlainFileName(shard_name)) {
      return corrupt("shard " + base::Quoted(shard_name) + " of tensor " + base::Quoted(name) +
                     " is not a plain file name");
    }
    shards.insert(shard_name);
    index.weight_map.emplace(name, std::move(shard_name));
  }
  if (shards.size() > kMaxShards) {
    return corrupt("weight_map names more than " + std::to_string(kMaxShards) + " shards");
  }
  index.shards.assign(shards.begin(), shards.end());
  return index;
}

Result<WeightLayout> FindWeights(const std::string& folder) {
  const auto in_folder = [&](const char* name) { return (fs::path(folder) / name).string(); };
  if (Exists(in_folder(kSingleFileName))) return WeightLayout::kSingleFile;
  if (Exists(in_folder(kShardIndexName))) return WeightLayout::kSharded;
  return WhyNoWeights(folder);
}

}  // namespace llmembed::weights
