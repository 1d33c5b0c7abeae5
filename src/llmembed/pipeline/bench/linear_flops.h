// What a backbone's linear layers come to.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "backbone/config.h"

namespace llmembed::pipeline {

// Inputs and outputs of a layer's products, as they are run: queries, keys and values in one, and
// gate and up.
std::vector<std::pair<size_t, size_t>> LinearSizes(const backbone::BackboneConfig& config);

// Additions and multiplications of all layers' products, for a token.
double LinearFlopsPerToken(const backbone::BackboneConfig& config);

}  // namespace llmembed::pipeline
