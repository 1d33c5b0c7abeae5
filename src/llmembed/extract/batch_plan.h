// Which texts are run together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace llmembed::extract {

// Texts by falling length (equal lengths in order), cut into batches of at most so many tokens, or
// one text that is longer. Long batches first, so that workers finish together.
struct BatchPlan {
  std::vector<uint32_t> order;   // [texts], indices
  std::vector<uint32_t> starts;  // [batches + 1], into order
};

// lengths: [texts], in tokens.
BatchPlan PlanBatches(std::span<const uint32_t> lengths, size_t batch_tokens);

}  // namespace llmembed::extract
