// An architecture is data: which keys of config.json say what, and what its tensors are called.
// A new one within the known axes is one such table in a file of this folder and a line in
// registry.cc; docs/adding/architecture.md goes through it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backbone/config.h"
#include "backbone/config_fields.h"
#include "nn/transformer_layer.h"

namespace llmembed::backbone {

// A whole number of config.json.
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

// A choice that is the same in all models of an architecture, or that a key makes.
struct Choice {
  bool value = false;         // where there is no key, or the key is absent
  const char* key = nullptr;  // null: never asked
};

// How positions enter.
enum class PositionKind {
  kTable,   // learnt vectors, added to the embeddings
  kRotary,  // queries and keys are turned
};

// In layer names "{}" is the layer's number. A name is that of a module: ".weight" and ".bias" (or
// ".gamma" and ".beta" in old files) follow. Null: the architecture has no such module.
struct TensorNames {
  const char* optional_prefix = "";  // of files saved from a model with a task head, e.g. "bert."
  const char* word_embeddings = nullptr;
  const char* position_embeddings = nullptr;
  const char* token_type_embeddings = nullptr;
  const char* embedding_norm = nullptr;
  const char* layer = nullptr;  // what all tensors of a layer begin with, e.g. "encoder.layer.{}."
  // Behind `layer`:
  const char* query = nullptr;
  const char* key = nullptr;
  const char* value = nullptr;
  const char* query_norm = nullptr;
  const char* key_norm = nullptr;
  const char* attention_output = nullptr;
  const char* attention_norm = nullptr;
  const char* attention_output_norm = nullptr;
  const char* feed_forward_gate = nullptr;
  const char* feed_forward_in = nullptr;
  const char* feed_forward_out = nullptr;
  const char* feed_forward_norm = nullptr;
  const char* feed_forward_output_norm = nullptr;
  // Behind the prefix again:
  const char* distance_bias = nullptr;  // [buckets, heads]
  const char* final_norm = nullptr;
  const char* pooler = nullptr;
  // Beside the prefix:
  const char* lm_head = nullptr;
};

struct Architecture {
  const char* model_type;
  std::vector<SizeKey> sizes;
  const char* kv_heads_key = nullptr;   // null, or absent in the file: as many as query heads
  const char* head_size_key = nullptr;  // null, or absent in the file: width / heads
  bool needs_head_size = false;         // the key may not be absent: the usual size is another one

  nn::NormPlacement placement = nn::NormPlacement::kPost;
  compute::NormKind norm = compute::NormKind::kLayer;
  float norm_scale_offset = 0.0F;
  const char* norm_epsilon_key = nullptr;  // null: `norm_epsilon` in all models
  double norm_epsilon = 0.0;

  const char* activation_key = nullptr;
  bool is_gated = false;
  Choice attention_bias;  // of queries, keys, values
  Choice attention_output_bias;
  Choice feed_forward_bias;
  Choice ties_lm_head;  // to the word embeddings

  bool is_causal = false;
  PositionKind position_kind = PositionKind::kTable;
  bool counts_from_padding = false;     // positions begin behind the pad token's id (fairseq)
  std::optional<int32_t> padding = {};  // that id in all models; else the key pad_token_id

  std::vector<FixedKey> fixed;
  // What no table says: read last, over what the keys above gave. May be null.
  Status (*finish)(const ConfigFields& fields, BackboneConfig* config) = nullptr;
  TensorNames names;
  std::vector<const char*>
      ignored;  // tensors that a file may hold and we do not use; "*": any text
};

// The architecture with this model_type; null when there is none.
const Architecture* FindArchitecture(std::string_view model_type);

// "bert, ..." for messages.
std::string ArchitectureNames();

}  // namespace llmembed::backbone
