// A model folder's weights, however they are stored.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "llmembed/status.h"
#include "weights/gguf_weights.h"
#include "weights/weight_source.h"

namespace llmembed::weights {

// Opens a GGUF file (gguf::FindGguf), whose tensors `rename`, where given, calls what a backbone
// calls them; else model.safetensors of the folder, or the shards of model.safetensors.index.json.
// Errors: kNotFound (no weights there), kUnsupported (only pickles: the message says how to convert
// them), else as SafetensorsFile, ShardedSafetensors and GgufWeights.
Result<std::unique_ptr<WeightSource>> OpenWeights(const std::string& path,
                                                  const Renaming& rename = {});

// The paths OpenWeights would read, index first, then shards by name: what to hash to know the
// weights. Errors as OpenWeights, as far as the files' contents are not concerned.
Result<std::vector<std::string>> WeightFiles(const std::string& path);

}  // namespace llmembed::weights
