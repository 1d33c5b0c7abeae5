// DistilBERT (Sanh et al. 2019, arXiv 1910.01108): BERT's blocks without segments and pooler.
#include "backbone/arch/encoders.h"

namespace llmembed::backbone {

const Architecture& DistilBert() {
  static const Architecture distilbert = [] {
    Architecture table{
        .model_type = "distilbert",
        .sizes = {{"vocab_size", &BackboneConfig::vocabulary, 2'000'000},
                  {"dim", &BackboneConfig::width, 65'536},
                  {"n_layers", &BackboneConfig::layers, 512},
                  {"n_heads", &BackboneConfig::heads, 1'024},
                  {"hidden_dim", &BackboneConfig::feed_forward_width, 262'144},
                  {"max_position_embeddings", &BackboneConfig::positions, 1'048'576}}};
    table.norm_epsilon = 1e-12;
    table.activation_key = "activation";
    table.attention_bias = {true};
    table.attention_output_bias = {true};
    table.feed_forward_bias = {true};
    table.fixed = {{"pruned_heads", "{}"}};
    table.names = {.optional_prefix = "distilbert.",
                   .word_embeddings = "embeddings.word_embeddings",
                   .position_embeddings = "embeddings.position_embeddings",
                   .embedding_norm = "embeddings.LayerNorm",
                   .layer = "transformer.layer.{}.",
                   .query = "attention.q_lin",
                   .key = "attention.k_lin",
                   .value = "attention.v_lin",
                   .attention_output = "attention.out_lin",
                   .attention_norm = "sa_layer_norm",
                   .feed_forward_in = "ffn.lin1",
                   .feed_forward_out = "ffn.lin2",
                   .feed_forward_norm = "output_layer_norm"};
    table.ignored = {
        "embeddings.position_ids", "vocab_transform.*", "vocab_layer_norm.*", "vocab_projector.*",
        "pre_classifier.*",        "classifier.*",      "qa_outputs.*"};
    return table;
  }();
  return distilbert;
}

}  // namespace llmembed::backbone
