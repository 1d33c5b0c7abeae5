// Qwen2, Qwen2.5 (Yang et al. 2024, arXiv 2407.10671) and Qwen3 (arXiv 2505.09388): Llama's blocks,
// with biases of queries, keys and values there, and norms of queries and keys here.
#include "backbone/arch/decoders.h"
#include "backbone/choice_readers.h"

namespace llmembed::backbone {
namespace {

// The layers from max_window_layers on have the window, where there is one; newer files list each
// layer's type.
Status ReadWindows(const ConfigFields& fields, BackboneConfig* config) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto types, ReadLayerTypes(fields, config->layers));
  LLMEMBED_ASSIGN_OR_RETURN(const bool has_window, fields.Boolean("use_sliding_window", false));
  if (!has_window) return {};
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t window,
                            fields.Integer("sliding_window", 1, 1U << 30, /*absent=*/0));
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t first,
                            fields.Integer("max_window_layers", 0, 1U << 30, /*absent=*/0));
  for (size_t i = 0; i < config->layers; ++i) {
    const bool is_local = types.empty() ? i >= first : types[i] == LayerType::kSlidingAttention;
    if (is_local) config->layer[i].window = window;
  }
  return {};
}

}  // namespace

const Architecture& Qwen2() {
  static const Architecture qwen2 = [] {
    Architecture table = Llama();
    table.model_type = "qwen2";
    table.attention_bias = {true};
    table.attention_output_bias = {false};
    table.feed_forward_bias = {false};
    table.finish = &ReadWindows;
    return table;
  }();
  return qwen2;
}

const Architecture& Qwen3() {
  static const Architecture qwen3 = [] {
    Architecture table = Llama();
    table.model_type = "qwen3";
    table.needs_head_size = true;
    table.feed_forward_bias = {false};
    table.finish = &ReadWindows;
    table.names.query_norm = "self_attn.q_norm";
    table.names.key_norm = "self_attn.k_norm";
    return table;
  }();
  return qwen3;
}

}  // namespace llmembed::backbone
