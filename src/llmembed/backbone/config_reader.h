// A model's configuration, read by its architecture's table.
#pragma once

#include <string>

#include "backbone/arch/architecture.h"
#include "backbone/arch/gguf_architecture.h"
#include "backbone/config.h"
#include "base/json.h"
#include "llmembed/status.h"

namespace llmembed::backbone {

struct ConfiguredArchitecture {
  const Architecture* architecture = nullptr;
  const GgufArchitecture* gguf = nullptr;  // what the model's file calls its tensors; null: no GGUF
  BackboneConfig config;
};

// `path`: a Hugging Face folder with config.json, or a GGUF file as gguf::FindGguf takes it.
// kCorrupt: a key is missing or out of range. kUnsupported: an architecture, or a choice of it,
// that is not done here, by name.
Result<ConfiguredArchitecture> ReadConfig(const std::string& path);

// The same of what config.json holds; `where` names it in messages.
Result<ConfiguredArchitecture> ReadConfigJson(const base::Json& json, const std::string& where);

}  // namespace llmembed::backbone
