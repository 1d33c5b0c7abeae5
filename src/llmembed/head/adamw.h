// AdamW, and how its learning rate moves over a training run.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compute/row_ops.h"
#include "head/head_config.h"
#include "llmembed/status.h"

namespace llmembed::head {

// Loshchilov and Hutter 2019, algorithm 2, with the usual beta1 = 0.9, beta2 = 0.999,
// epsilon = 1e-8; the decay is multiplied by the learning rate, as PyTorch does.
// With Optimizer::kAdam the decay is added to the gradient instead (Kingma and Ba 2015 with L2).
class AdamW {
 public:
  struct Options {
    double weight_decay = 0.0;
    Optimizer kind = Optimizer::kAdamW;
  };

  // `decay_mask` [n]: 1 where the weight decay applies, 0 elsewhere. Steps are done by `ops`, which
  // must outlive it. kOutOfMemory.
  static Result<AdamW> Create(compute::RowOps* ops, const Options& options,
                              std::span<const float> decay_mask);

  // One step. Both spans are [n], in the memory of the operations.
  Status Step(double learning_rate, std::span<const float> gradient, std::span<float> parameters);

 private:
  // Parameters that lie together and all decay, or do not.
  struct Run {
    size_t begin = 0;
    size_t end = 0;
    bool decays = false;
  };

  compute::RowOps* ops_ = nullptr;
  Options options_;
  std::vector<Run> runs_;
  compute::Array<float> mean_;    // of the gradients
  compute::Array<float> square_;  // of the squared gradients
  uint64_t steps_ = 0;
};

// The rate of step `step` (from 0) of `total`: rises linearly over the warm-up's share, then stays,
// or falls to 0 along half a cosine.
double LearningRateAt(const MlpConfig& config, uint64_t step, uint64_t total);

}  // namespace llmembed::head
