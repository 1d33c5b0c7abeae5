// Gemma, Gemma 2 and the text part of Gemma 3 (arXiv 2403.08295, 2408.00118, 2503.19786): Llama's
// blocks with scaled embeddings and norms stored as differences from 1; from Gemma 2 on with norms
// on both sides, capped scores or head norms, and windows in most layers.
#include <cmath>

#include "backbone/arch/decoders.h"
#include "backbone/choice_readers.h"

namespace llmembed::backbone {
namespace {

// GemmaMLP takes hidden_activation, and where that is null the tanh GELU, whatever hidden_act says.
Status ReadCommon(const ConfigFields& fields, BackboneConfig* config) {
  config->embedding_scale = std::sqrt(static_cast<float>(config->width));
  config->activation = compute::Activation::kGeluTanh;
  if (fields.Find("hidden_activation") != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(config->activation, ReadActivation(fields, "hidden_activation"));
  }
  return {};
}

Status ReadAttention(const ConfigFields& fields, BackboneConfig* config) {
  LLMEMBED_RETURN_IF_ERROR(ReadCommon(fields, config));
  LLMEMBED_ASSIGN_OR_RETURN(const double scalar, fields.Positive("query_pre_attn_scalar"));
  config->attention_scale = static_cast<float>(1.0 / std::sqrt(scalar));
  if (fields.Find("attn_logit_softcapping") != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(const double cap, fields.Positive("attn_logit_softcapping"));
    config->score_cap = static_cast<float>(cap);
  }
  if (fields.Find("final_logit_softcapping") != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(const double cap, fields.Positive("final_logit_softcapping"));
    config->logit_cap = static_cast<float>(cap);
  }
  return {};
}

// Every second layer has the window, the first one too.
Status ReadGemma2(const ConfigFields& fields, BackboneConfig* config) {
  LLMEMBED_RETURN_IF_ERROR(ReadAttention(fields, config));
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t window,
                            fields.Integer("sliding_window", 1, 1U << 30, /*absent=*/0));
  for (size_t i = 0; i < config->layers; i += 2) config->layer[i].window = window;
  return {};
}

// Every sixth layer, or as layer_types says, sees all and has the long-range rotary table; the
// others have the window and a table of their own.
Status ReadGemma3(const ConfigFields& fields, BackboneConfig* config) {
  LLMEMBED_RETURN_IF_ERROR(ReadAttention(fields, config));
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t window, fields.Integer("sliding_window", 1, 1U << 30));
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t pattern,
                            fields.Integer("sliding_window_pattern", 1, 512, /*absent=*/6));
  LLMEMBED_ASSIGN_OR_RETURN(const auto types, ReadLayerTypes(fields, config->layers));
  RotaryConfig local;
  LLMEMBED_ASSIGN_OR_RETURN(local.theta, fields.Positive("rope_local_base_freq", 10'000.0));
  config->rotary.push_back(local);
  for (size_t i = 0; i < config->layers; ++i) {
    const bool is_local =
        types.empty() ? (i + 1) % pattern != 0 : types[i] == LayerType::kSlidingAttention;
    if (is_local) config->layer[i] = {.window = window, .rotary = 1};
  }
  return {};
}

}  // namespace

const Architecture& Gemma() {
  static const Architecture gemma = [] {
    Architecture table = Llama();
    table.model_type = "gemma";
    table.needs_head_size = true;
    table.norm_scale_offset = 1.0F;
    table.activation_key = nullptr;
    table.feed_forward_bias = {false};
    table.ties_lm_head.value = true;
    table.finish = &ReadCommon;
    return table;
  }();
  return gemma;
}

const Architecture& Gemma2() {
  static const Architecture gemma2 = [] {
    Architecture table = Gemma();
    table.model_type = "gemma2";
    table.placement = nn::NormPlacement::kSandwich;
    table.finish = &ReadGemma2;
    table.names.attention_output_norm = "post_attention_layernorm";
    table.names.feed_forward_norm = "pre_feedforward_layernorm";
    table.names.feed_forward_output_norm = "post_feedforward_layernorm";
    return table;
  }();
  return gemma2;
}

const Architecture& Gemma3() {
  static const Architecture gemma3 = [] {
    Architecture table = Gemma2();
    table.model_type = "gemma3_text";
    table.fixed.push_back({"use_bidirectional_attention", "false"});
    table.finish = &ReadGemma3;
    table.names.query_norm = "self_attn.q_norm";
    table.names.key_norm = "self_attn.k_norm";
    return table;
  }();
  return gemma3;
}

}  // namespace llmembed::backbone
