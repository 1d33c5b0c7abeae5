// Llama 1, 2, 3 (Touvron et al. 2023, arXiv 2302.13971, 2307.09288; Dubey et al. 2024, arXiv
// 2407.21783) as Hugging Face's LlamaModel; also TinyLlama, SmolLM2 and others that share it.
#include "backbone/arch/decoders.h"
#include "backbone/arch/encoders.h"

namespace llmembed::backbone {

const Architecture& Llama() {
  static const Architecture llama = [] {
    Architecture table{.model_type = "llama", .sizes = BertSizes()};
    table.kv_heads_key = "num_key_value_heads";
    table.head_size_key = "head_dim";
    table.placement = nn::NormPlacement::kPre;
    table.norm = compute::NormKind::kRms;
    table.norm_epsilon_key = "rms_norm_eps";
    table.activation_key = "hidden_act";
    table.is_gated = true;
    table.attention_bias = {false, "attention_bias"};
    table.attention_output_bias = {false, "attention_bias"};
    table.feed_forward_bias = {false, "mlp_bias"};
    table.ties_lm_head = {false, "tie_word_embeddings"};
    table.is_causal = true;
    table.position_kind = PositionKind::kRotary;
    table.fixed = {{"partial_rotary_factor", "1.0"}};
    table.names = {.optional_prefix = "model.",
                   .word_embeddings = "embed_tokens",
                   .layer = "layers.{}.",
                   .query = "self_attn.q_proj",
                   .key = "self_attn.k_proj",
                   .value = "self_attn.v_proj",
                   .attention_output = "self_attn.o_proj",
                   .attention_norm = "input_layernorm",
                   .feed_forward_gate = "mlp.gate_proj",
                   .feed_forward_in = "mlp.up_proj",
                   .feed_forward_out = "mlp.down_proj",
                   .feed_forward_norm = "post_attention_layernorm",
                   .final_norm = "norm",
                   .lm_head = "lm_head"};
    table.ignored = {"score.*",                 // a head of another task
                     "*.rotary_emb.inv_freq"};  // a constant of older files
    return table;
  }();
  return llama;
}

}  // namespace llmembed::backbone
