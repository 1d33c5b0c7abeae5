// Values of config.json that several architectures share and that are more than a number.
#pragma once

#include <vector>

#include "backbone/config_fields.h"
#include "backbone/rotary.h"
#include "compute/ops.h"
#include "llmembed/status.h"

namespace llmembed::backbone {

// By the names of `transformers`; kUnsupported, by name, for those that are not done here.
Result<compute::Activation> ReadActivation(const ConfigFields& fields, const char* key);

// rope_theta and rope_scaling, or the newer rope_parameters that holds both. `positions`: what
// max_position_embeddings says.
Result<RotaryConfig> ReadRotary(const ConfigFields& fields, size_t positions);

enum class LayerType { kFullAttention, kSlidingAttention };

// layer_types, which newer files hold: [layers], or empty where the key is absent.
Result<std::vector<LayerType>> ReadLayerTypes(const ConfigFields& fields, size_t layers);

}  // namespace llmembed::backbone
