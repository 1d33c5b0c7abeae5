// A multi-layer perceptron with a hand-written backward pass.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "compute/dropout.h"
#include "compute/large_floats.h"
#include "fusion/network.h"
#include "head/head.h"
#include "head/head_config.h"
#include "head/losses.h"
#include "llmembed/status.h"

namespace llmembed::head {

// Rows to learn from; the weights sum to what the loss should be averaged over (1 for a mean).
struct MlpBatch {
  std::span<const float> features;  // [B, inputs]
  LossTargets targets;              // of B rows
  Loss loss = Loss::kCrossEntropy;
};

// Linear layers with ReLU between. All parameters lie in one vector, layer by layer, weight
// [outputs, inputs] then bias [outputs]: an optimiser sees plain numbers. Not thread-safe (it
// keeps the activations between forward and backward).
class Mlp {
 public:
  // `sizes`: inputs, hidden sizes, classes. With kHe the last layer, which has no ReLU behind it,
  // starts with variance 1 / inputs.
  Mlp(std::vector<uint32_t> sizes, base::Random* random,
      fusion::Initialization how = fusion::Initialization::kHe);

  std::span<float> parameters() { return parameters_; }
  // 1 for each weight, 0 for each bias: what weight decay applies to.
  std::vector<float> DecayMask() const;

  // The weighted sum of the rows' losses; writes its gradient with respect to the parameters
  // (`gradient` is as long as parameters()) and, where `of_features` is not empty but [B, inputs],
  // to the features.
  Result<double> LossAndGradient(const MlpBatch& batch, const compute::Dropout& dropout,
                                 std::span<float> gradient, std::span<float> of_features = {});

  // Layers that do the same, without dropout.
  Head ToHead() const;

 private:
  struct Layer {
    uint64_t inputs = 0;
    uint64_t outputs = 0;
    uint64_t weight_offset = 0;  // into the parameters
    uint64_t bias_offset = 0;
  };

  Status Forward(const MlpBatch& batch, const compute::Dropout& dropout);
  // From the gradient of the last layer's outputs in outputs_.back().
  Status Backward(const MlpBatch& batch, const compute::Dropout& dropout, std::span<float> gradient,
                  std::span<float> of_features);
  std::span<const float> InputsOf(size_t layer, const MlpBatch& batch) const;

  std::vector<Layer> layers_;
  compute::LargeFloats parameters_;
  std::vector<compute::LargeFloats>
      outputs_;  // of each layer, after ReLU and dropout; [B, outputs]
  // d loss / d outputs of each layer before its ReLU, [B, outputs]; of the last in outputs_.
  std::vector<compute::LargeFloats> deltas_;
};

}  // namespace llmembed::head
