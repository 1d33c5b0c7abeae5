// config.json of a Hugging Face folder, read by its architecture's table.
#pragma once

#include <string>

#include "backbone/arch/architecture.h"
#include "backbone/config.h"
#include "llmembed/status.h"

namespace llmembed::backbone {

struct ConfiguredArchitecture {
  const Architecture* architecture = nullptr;
  BackboneConfig config;
};

// kCorrupt: a key is missing or out of range. kUnsupported: an architecture, or a choice of it,
// that is not done here, by name.
Result<ConfiguredArchitecture> ReadConfig(const std::string& folder);

}  // namespace llmembed::backbone
