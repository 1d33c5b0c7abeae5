// What a backbone is, as numbers and choices: the axes along which architectures differ.
#pragma once

#include <cstddef>
#include <string>

#include "compute/ops.h"

namespace llmembed::backbone {

// Structural fields have no defaults: config.json must say them.
struct BackboneConfig {
  std::string model_type;  // as config.json spells it
  size_t vocabulary = 0;
  size_t width = 0;   // D, of the hidden states
  size_t layers = 0;  // L, transformer blocks
  size_t heads = 0;   // width = heads * head size
  size_t feed_forward_width = 0;
  size_t positions = 0;       // rows of the position table
  size_t token_types = 0;     // rows of the segment table
  size_t first_position = 0;  // row of a text's first token
  double norm_epsilon = 0.0;
  compute::Activation activation = compute::Activation::kGeluErf;

  // The longest text that the position table serves, in tokens.
  size_t max_tokens() const { return positions - first_position; }
};

}  // namespace llmembed::backbone
