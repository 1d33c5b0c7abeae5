#include "extract/batch_plan.h"

#include <algorithm>
#include <numeric>

namespace llmembed::extract {

BatchPlan PlanBatches(std::span<const uint32_t> lengths, size_t batch_tokens) {
  BatchPlan plan;
  plan.order.resize(lengths.size());
  std::iota(plan.order.begin(), plan.order.end(), 0U);
  std::stable_sort(plan.order.begin(), plan.order.end(),
                   [&](uint32_t a, uint32_t b) { return lengths[a] > lengths[b]; });
  plan.starts.push_back(0);
  size_t tokens = 0;
  for (size_t i = 0; i < plan.order.size(); ++i) {
    const size_t length = lengths[plan.order[i]];
    if (tokens > 0 && tokens + length > batch_tokens) {
      plan.starts.push_back(static_cast<uint32_t>(i));
      tokens = 0;
    }
    tokens += length;
  }
  if (!lengths.empty()) plan.starts.push_back(static_cast<uint32_t>(lengths.size()));
  return plan;
}

}  // namespace llmembed::extract
