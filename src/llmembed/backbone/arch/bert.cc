// BERT (Devlin et al. 2019, arXiv 1810.04805) as Hugging Face's BertModel.
#include "backbone/arch/bert.h"

namespace llmembed::backbone {

const Architecture& Bert() {
  static const Architecture bert = {
      .model_type = "bert",
      .sizes = {{"vocab_size", &BackboneConfig::vocabulary, 2'000'000},
                {"hidden_size", &BackboneConfig::width, 65'536},
                {"num_hidden_layers", &BackboneConfig::layers, 512},
                {"num_attention_heads", &BackboneConfig::heads, 1'024},
                {"intermediate_size", &BackboneConfig::feed_forward_width, 262'144},
                {"max_position_embeddings", &BackboneConfig::positions, 1'048'576},
                {"type_vocab_size", &BackboneConfig::token_types, 1'024}},
      .norm_epsilon_key = "layer_norm_eps",
      .activation_key = "hidden_act",
      .fixed = {{"position_embedding_type", "\"absolute\""},
                {"is_decoder", "false"},
                {"add_cross_attention", "false"},
                {"pruned_heads", "{}"}},
      .first_position = 0,
      .names = {.optional_prefix = "bert.",
                .word_embeddings = "embeddings.word_embeddings",
                .position_embeddings = "embeddings.position_embeddings",
                .token_type_embeddings = "embeddings.token_type_embeddings",
                .embedding_norm = "embeddings.LayerNorm",
                .query = "encoder.layer.{}.attention.self.query",
                .key = "encoder.layer.{}.attention.self.key",
                .value = "encoder.layer.{}.attention.self.value",
                .attention_output = "encoder.layer.{}.attention.output.dense",
                .attention_norm = "encoder.layer.{}.attention.output.LayerNorm",
                .feed_forward_in = "encoder.layer.{}.intermediate.dense",
                .feed_forward_out = "encoder.layer.{}.output.dense",
                .feed_forward_norm = "encoder.layer.{}.output.LayerNorm",
                .layer = "encoder.layer.{}."},
      .ignored = {"embeddings.position_ids",  // a constant 0, 1, 2, ... of older files
                  "pooler.*",                 // no tap of this release reads it
                  "cls.*", "classifier.*"}};  // heads of other tasks
  return bert;
}

}  // namespace llmembed::backbone
