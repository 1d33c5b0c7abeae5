// StarCoder2 (Lozhkov et al. 2024, arXiv 2402.19173): Llama's order of things with LayerNorms, a
// plain feed-forward and biases everywhere.
#include "backbone/arch/decoders.h"

namespace llmembed::backbone {

const Architecture& Starcoder2() {
  static const Architecture starcoder2 = [] {
    Architecture table = Mistral();  // its windows
    table.model_type = "starcoder2";
    table.norm = compute::NormKind::kLayer;
    table.norm_epsilon_key = "norm_epsilon";
    table.is_gated = false;
    table.attention_bias = {true, "use_bias"};
    table.attention_output_bias = {true, "use_bias"};
    table.feed_forward_bias = {true, "use_bias"};
    table.ties_lm_head.value = true;
    table.names.feed_forward_gate = nullptr;
    table.names.feed_forward_in = "mlp.c_fc";
    table.names.feed_forward_out = "mlp.c_proj";
    return table;
  }();
  return starcoder2;
}

}  // namespace llmembed::backbone
