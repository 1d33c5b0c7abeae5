// What a bundle, a model folder or a store is, as text for people or JSON for machines.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "llmembed/export.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed {

struct Inspection {
  std::string kind;  // "bundle", "model" or "store"
  std::string json;  // one JSON object: everything known of it
  std::vector<std::pair<std::string, std::string>> facts;  // the same in short, for people
};

// `path`: a folder, or a model's name as ModelPath takes it. kNotFound: it is none of the three.
LLMEMBED_EXPORT Result<Inspection> Inspect(const std::string& path, const RunContext& context);

}  // namespace llmembed
