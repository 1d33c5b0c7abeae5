// Which texts are run together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace llmembed::extract {

// Tokens of a batch: enough rows for matrix products to run at full rate, few enough for a batch's
// states to stay in a core's cache (docs/performance.md has the measurement).
inline constexpr size_t kBatchTokens = 512;

// Texts by falling length (equal lengths in order), cut into batches of at most kBatchTokens, or
// one text that is longer. Long batches first, so that workers finish together.
struct BatchPlan {
  std::vector<uint32_t> order;   // [texts], indices
  std::vector<uint32_t> starts;  // [batches + 1], into order
};

// lengths: [texts], in tokens.
BatchPlan PlanBatches(std::span<const uint32_t> lengths);

}  // namespace llmembed::extract
