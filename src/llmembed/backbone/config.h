// What a backbone is, as numbers and choices: the axes along which architectures differ.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backbone/rotary.h"
#include "compute/ops.h"
#include "nn/transformer_layer.h"

namespace llmembed::backbone {

// How the tokens of a text are numbered.
struct PositionRule {
  int32_t first = 0;  // of a text's first token
  // This id keeps the position first - 1 and is not counted: fairseq's padding.
  std::optional<int32_t> uncounted_id;
};

// How one layer differs from the others.
struct LayerConfig {
  size_t window = 0;  // of its attention, in tokens; 0: unlimited
  size_t rotary = 0;  // index into BackboneConfig::rotary
};

// Structural fields have no defaults: config.json must say them.
struct BackboneConfig {
  std::string model_type;  // as config.json spells it
  size_t vocabulary = 0;
  size_t width = 0;      // D, of the hidden states
  size_t layers = 0;     // L, transformer blocks
  size_t heads = 0;      // of the queries
  size_t kv_heads = 0;   // of keys and values; divides heads
  size_t head_size = 0;  // H
  size_t feed_forward_width = 0;

  size_t positions = 0;  // rows of the position table, or what rotary positions serve
  bool has_position_table = true;
  size_t token_types = 0;  // rows of the segment table; 0: there is none
  PositionRule position_rule;
  std::optional<int32_t> pad_id;     // what padding is made of
  std::vector<RotaryConfig> rotary;  // empty: none
  size_t distance_buckets = 0;       // of a relative position bias (Raffel et al. 2020); 0: none

  double norm_epsilon = 0.0;
  float embedding_scale = 1.0F;
  compute::Activation activation = compute::Activation::kGeluErf;
  float attention_scale = 0.0F;
  float score_cap = 0.0F;  // 0: none
  bool attention_bias = false, attention_output_bias = false, feed_forward_bias = false;
  std::vector<LayerConfig> layer;  // [layers]

  bool is_gated = false;        // feed-forward: activation(gate) * up
  bool has_final_norm = false;  // hidden_states[-1] is behind it
  bool has_pooler = false;      // the architecture has one; a file may lack it
  bool has_lm_head = false;     // likewise: the last layer's states tell the next token
  bool ties_lm_head = false;    // its weight is that of the word embeddings
  float logit_cap = 0.0F;       // > 0: a logit l becomes cap * tanh(l / cap)

  size_t query_width() const { return heads * head_size; }
  size_t kv_width() const { return kv_heads * head_size; }
  size_t qkv_width() const { return query_width() + 2 * kv_width(); }

  // Inputs and outputs of a layer's products, as they are run: queries, keys and values in one, and
  // gate and up.
  std::array<std::pair<size_t, size_t>, 4> LinearSizes() const {
    const size_t inner = feed_forward_width;
    return {{{width, qkv_width()},
             {query_width(), width},
             {width, is_gated ? 2 * inner : inner},
             {inner, width}}};
  }

  // Of all layers' products, for a token.
  double LinearFlops() const {
    double weights = 0.0;
    for (const auto& [inputs, outputs] : LinearSizes()) {
      weights += static_cast<double>(inputs) * static_cast<double>(outputs);
    }
    return 2.0 * weights * static_cast<double>(layers);
  }

  // The longest text that the positions serve, in tokens.
  size_t max_tokens() const { return positions - static_cast<size_t>(position_rule.first); }

  // The longest whose beginning may have been read without its end: with dynamic scaling the angles
  // of a longer text's first tokens depend on its length.
  size_t max_continued_tokens() const {
    size_t tokens = max_tokens();
    for (const RotaryConfig& table : rotary) {
      if (table.scaling == RotaryScaling::kDynamic) {
        tokens = std::min(tokens, table.original_positions);
      }
    }
    return tokens;
  }
};

}  // namespace llmembed::backbone
