// BERT (Devlin et al. 2019, arXiv 1810.04805) as Hugging Face's BertModel.
#include "backbone/arch/encoders.h"

namespace llmembed::backbone {

std::vector<SizeKey> BertSizes() {
  return {{"vocab_size", &BackboneConfig::vocabulary, 2'000'000},
          {"hidden_size", &BackboneConfig::width, 65'536},
          {"num_hidden_layers", &BackboneConfig::layers, 512},
          {"num_attention_heads", &BackboneConfig::heads, 1'024},
          {"intermediate_size", &BackboneConfig::feed_forward_width, 262'144},
          {"max_position_embeddings", &BackboneConfig::positions, 16'777'216}};
}

const Architecture& Bert() {
  static const Architecture bert = [] {
    Architecture table{.model_type = "bert", .sizes = BertSizes()};
    table.sizes.push_back({"type_vocab_size", &BackboneConfig::token_types, 1'024});
    table.norm_epsilon_key = "layer_norm_eps";
    table.activation_key = "hidden_act";
    table.attention_bias = {true};
    table.attention_output_bias = {true};
    table.feed_forward_bias = {true};
    table.fixed = {{"position_embedding_type", "\"absolute\""},
                   {"is_decoder", "false"},
                   {"add_cross_attention", "false"},
                   {"pruned_heads", "{}"}};
    table.names = {.optional_prefix = "bert.",
                   .word_embeddings = "embeddings.word_embeddings",
                   .position_embeddings = "embeddings.position_embeddings",
                   .token_type_embeddings = "embeddings.token_type_embeddings",
                   .embedding_norm = "embeddings.LayerNorm",
                   .layer = "encoder.layer.{}.",
                   .query = "attention.self.query",
                   .key = "attention.self.key",
                   .value = "attention.self.value",
                   .attention_output = "attention.output.dense",
                   .attention_norm = "attention.output.LayerNorm",
                   .feed_forward_in = "intermediate.dense",
                   .feed_forward_out = "output.dense",
                   .feed_forward_norm = "output.LayerNorm",
                   .pooler = "pooler.dense"};
    table.ignored = {"embeddings.position_ids",  // a constant 0, 1, 2, ... of older files
                     "embeddings.token_type_ids", "cls.*", "classifier.*",
                     "qa_outputs.*"};  // heads of other tasks
    return table;
  }();
  return bert;
}

}  // namespace llmembed::backbone
