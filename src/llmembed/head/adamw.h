// AdamW, and how its learning rate moves over a training run.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compute/large_floats.h"
#include "head/head_config.h"

namespace llmembed::head {

// Loshchilov and Hutter 2019, algorithm 2, with the usual beta1 = 0.9, beta2 = 0.999,
// epsilon = 1e-8; the decay is multiplied by the learning rate, as PyTorch does.
// With Optimizer::kAdam the decay is added to the gradient instead (Kingma and Ba 2015 with L2).
class AdamW {
 public:
  // `decay_mask` [n]: 1 where `weight_decay` applies, 0 elsewhere.
  AdamW(double weight_decay, std::span<const float> decay_mask, Optimizer kind = Optimizer::kAdamW);

  // One step. Both spans are [n].
  void Step(double learning_rate, std::span<const float> gradient, std::span<float> parameters);

 private:
  double weight_decay_;
  Optimizer kind_;
  // Parameters that lie together and all decay, or do not.
  struct Run {
    size_t begin = 0;
    size_t end = 0;
    bool decays = false;
  };
  std::vector<Run> runs_;
  compute::LargeFloats mean_;    // of the gradients
  compute::LargeFloats square_;  // of the squared gradients
  uint64_t steps_ = 0;
};

// The rate of step `step` (from 0) of `total`: rises linearly over the warm-up's share, then stays,
// or falls to 0 along half a cosine.
double LearningRateAt(const MlpConfig& config, uint64_t step, uint64_t total);

}  // namespace llmembed::head
