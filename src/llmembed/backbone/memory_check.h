// Whether a model fits into the memory that is there, before any of it is read.
#pragma once

#include <string>

#include "backbone/config.h"
#include "compute/ops.h"
#include "llmembed/status.h"

namespace llmembed::backbone {

// Bytes that the weights of the embeddings, of `layers` blocks and of the LM head if that is wanted
// take once they are loaded.
uint64_t WeightBytes(const BackboneConfig& config, size_t layers, compute::MathType type,
                     bool with_lm_head = false);

// kOutOfMemory, with what is needed, what there is and which smaller choice would fit.
Status CheckMemory(const BackboneConfig& config, size_t layers, compute::MathType type,
                   const std::string& path, bool with_lm_head = false);

}  // namespace llmembed::backbone
