// Models by their sizes alone: what RandomWeights makes a backbone of.
#pragma once

#include <string>
#include <vector>

#include "backbone/config_reader.h"
#include "llmembed/status.h"

namespace llmembed::backbone {

std::vector<std::string> ShapeNames();

// "bert-large", or "llama-2-7b:4" with its first 4 layers. kUsage for another name.
Result<ConfiguredArchitecture> ShapeConfig(const std::string& shape);

}  // namespace llmembed::backbone
