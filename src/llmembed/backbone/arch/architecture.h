// An architecture is data: which keys of config.json say what, and what its tensors are called.
// A new one within the known axes is one such table in a file of this folder and a line in
// registry.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backbone/config.h"

namespace llmembed::backbone {

// A required whole number of config.json.
struct SizeKey {
  const char* key;
  size_t BackboneConfig::*field;
  uint64_t largest;  // above it the file is refused: a damaged number must not ask for memory
};

// A key that, where it stands, must have this value (as JSON): another one asks for something that
// is not done here.
struct FixedKey {
  const char* key;
  const char* value;
};

// In layer names "{}" is the layer's number. A name is that of a module: ".weight" and ".bias" (or
// ".gamma" and ".beta" in old files) follow.
struct TensorNames {
  const char* optional_prefix;  // of files saved from a model with a task head, e.g. "bert."
  const char* word_embeddings;
  const char* position_embeddings;
  const char* token_type_embeddings;
  const char* embedding_norm;
  const char* query;
  const char* key;
  const char* value;
  const char* attention_output;
  const char* attention_norm;
  const char* feed_forward_in;
  const char* feed_forward_out;
  const char* feed_forward_norm;
  const char* layer;  // what all tensors of a layer begin with, e.g. "encoder.layer.{}."
};

struct Architecture {
  const char* model_type;
  std::vector<SizeKey> sizes;
  const char* norm_epsilon_key;
  const char* activation_key;
  std::vector<FixedKey> fixed;
  size_t first_position;
  TensorNames names;
  std::vector<const char*>
      ignored;  // tensors that a file may hold and we do not use; "*": any text
};

// The architecture with this model_type; null when there is none.
const Architecture* FindArchitecture(std::string_view model_type);

// "bert, ..." for messages.
std::string ArchitectureNames();

}  // namespace llmembed::backbone
