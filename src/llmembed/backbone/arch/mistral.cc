// Mistral (Jiang et al. 2023, arXiv 2310.06825): Llama's blocks with a sliding window.
#include "backbone/arch/decoders.h"

namespace llmembed::backbone {
namespace {

Status ReadWindow(const ConfigFields& fields, BackboneConfig* config) {
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t window,
                            fields.Integer("sliding_window", 1, 1U << 30, /*absent=*/0));
  for (LayerConfig& layer : config->layer) layer.window = window;
  return {};
}

}  // namespace

const Architecture& Mistral() {
  static const Architecture mistral = [] {
    Architecture table = Llama();
    table.model_type = "mistral";
    table.attention_bias = {false};
    table.attention_output_bias = {false};
    table.feed_forward_bias = {false};
    table.finish = &ReadWindow;
    return table;
  }();
  return mistral;
}

}  // namespace llmembed::backbone
