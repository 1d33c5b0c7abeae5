// Which files of a model folder hold its weights, and that they really lie in it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "llmembed/status.h"

namespace llmembed::weights {

inline constexpr char kSingleFileName[] = "model.safetensors";
inline constexpr char kShardIndexName[] = "model.safetensors.index.json";

// The path of `name` in `folder`, if it is a plain file name (no '/', not "..") of a file that lies
// in the folder. A symbolic link may lead elsewhere only within the folder or, in the cache of the
// Hugging Face hub, where snapshots link to blobs, within the same "models--*" repository.
// Errors: kCorrupt (the name, or where it leads), kNotFound, kIo.
Result<std::string> FileInFolder(const std::string& folder, const std::string& name);

// model.safetensors.index.json: which shard holds which tensor.
struct ShardIndex {
  std::string path;                               // of the index itself
  std::vector<std::string> shards;                // file names, sorted, unique
  std::map<std::string, std::string> weight_map;  // tensor name -> shard
};

// Errors: kCorrupt (with the index's path), kNotFound, kIo. Shard names are checked by FileInFolder
// when they are opened.
Result<ShardIndex> ReadShardIndex(const std::string& folder);

enum class WeightLayout { kSingleFile, kSharded };

// What the folder offers: model.safetensors, else the index of shards.
// Errors: kUnsupported, kNotFound, as WhyNoWeights (no_weights.h).
Result<WeightLayout> FindWeights(const std::string& folder);

}  // namespace llmembed::weights
