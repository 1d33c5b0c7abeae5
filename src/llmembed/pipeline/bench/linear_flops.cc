#include "pipeline/bench/linear_flops.h"

namespace llmembed::pipeline {

std::vector<std::pair<size_t, size_t>> LinearSizes(const backbone::BackboneConfig& config) {
  const size_t query_width = config.heads * config.head_size;
  const size_t kv_width = config.kv_heads * config.head_size;
  return {{config.width, query_width + 2 * kv_width},
          {query_width, config.width},
          {config.width, config.feed_forward_width * (config.is_gated ? 2 : 1)},
          {config.feed_forward_width, config.width}};
}

double LinearFlopsPerToken(const backbone::BackboneConfig& config) {
  double weights = 0.0;
  for (const auto& [inputs, outputs] : LinearSizes(config)) {
    weights += static_cast<double>(inputs) * static_cast<double>(outputs);
  }
  return 2.0 * weights * static_cast<double>(config.layers);
}

}  // namespace llmembed::pipeline
