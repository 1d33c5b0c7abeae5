// MPNet (Song et al. 2020, arXiv 2004.09297): BERT's blocks with a bias by distance that all layers
// share, and fairseq's positions.
#include "backbone/arch/encoders.h"

namespace llmembed::backbone {
namespace {

// MPNetEncoder.compute_position_bias: always 32 buckets, whatever the table's size.
Status ReadDistanceBuckets(const ConfigFields& /*fields*/, BackboneConfig* config) {
  config->distance_buckets = 32;
  return {};
}

}  // namespace

const Architecture& Mpnet() {
  static const Architecture mpnet = [] {
    Architecture table = Bert();
    table.model_type = "mpnet";
    table.sizes = BertSizes();
    table.counts_from_padding = true;
    table.padding = 1;
    table.fixed = {{"relative_attention_num_buckets", "32"}, {"pruned_heads", "{}"}};
    table.finish = &ReadDistanceBuckets;
    table.names.optional_prefix = "mpnet.";
    table.names.token_type_embeddings = nullptr;
    table.names.query = "attention.attn.q";
    table.names.key = "attention.attn.k";
    table.names.value = "attention.attn.v";
    table.names.attention_output = "attention.attn.o";
    table.names.attention_norm = "attention.LayerNorm";
    table.names.distance_bias = "encoder.relative_attention_bias";
    table.ignored.push_back("lm_head.*");
    return table;
  }();
  return mpnet;
}

}  // namespace llmembed::backbone
