// A multi-layer perceptron with a hand-written backward pass.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "compute/row_ops.h"
#include "fusion/network.h"
#include "head/head.h"
#include "head/head_config.h"
#include "llmembed/status.h"

namespace llmembed::head {

// Rows to learn from; the weights sum to what the loss should be averaged over (1 for a mean).
struct MlpBatch {
  std::span<const float> features;  // [B, inputs], in the memory of the network's operations
  compute::LossTargets targets;     // of B rows
  Loss loss = Loss::kCrossEntropy;
  double times = 1.0;  // what the batch's loss counts in the sum
};

// Where the gradient of the features goes: some columns of it, from `first` on. No data: nowhere.
struct FeatureGradient {
  size_t first = 0;
  compute::RowBlock<float> columns = {};
};

// Linear layers with ReLU between. All parameters lie in one array, layer by layer, weight
// [outputs, inputs] then bias [outputs]: an optimiser sees plain numbers. Not thread-safe (it
// keeps the activations between forward and backward).
class Mlp {
 public:
  // `sizes`: inputs, hidden sizes, classes. With kHe the last layer, which has no ReLU behind it,
  // starts with variance 1 / inputs. Computed by `ops`, which must outlive it. kOutOfMemory.
  static Result<Mlp> Create(compute::RowOps* ops, const std::vector<uint32_t>& sizes,
                            base::Random* random,
                            fusion::Initialization how = fusion::Initialization::kHe);

  std::span<float> parameters() { return parameters_.span(); }
  // 1 for each weight, 0 for each bias: what weight decay applies to.
  std::vector<float> DecayMask() const;

  // Adds the weighted sum of the rows' losses to *loss_sum; writes its gradient with respect to the
  // parameters (`gradient` is as long as parameters()) and to the features. All are in the
  // operations' memory.
  Status LossAndGradient(const MlpBatch& batch, const compute::Dropout& dropout,
                         std::span<float> gradient, const FeatureGradient& of_features,
                         double* loss_sum);

  // The logits [rows, classes] of features [rows, inputs], without dropout; until the next call.
  Result<const float*> Logits(std::span<const float> features, size_t rows);

  // Layers that do the same, without dropout.
  Result<Head> ToHead() const;

 private:
  struct Layer {
    uint64_t inputs = 0;
    uint64_t outputs = 0;
    uint64_t weight_offset = 0;  // into the parameters
    uint64_t bias_offset = 0;
  };

  Mlp() = default;
  Status Forward(std::span<const float> features, uint64_t rows, const compute::Dropout& dropout);
  // From the gradient of the last layer's outputs in outputs_.back().
  Status Backward(const MlpBatch& batch, const compute::Dropout& dropout, std::span<float> gradient,
                  const FeatureGradient& of_features);
  Status FeatureBackward(const float* delta, uint64_t rows, const FeatureGradient& of_features);
  const float* InputsOf(size_t layer, std::span<const float> features) const;

  compute::RowOps* ops_ = nullptr;
  std::vector<Layer> layers_;
  compute::Array<float> parameters_;
  // Of each layer, after ReLU and dropout; [B, outputs].
  std::vector<compute::Array<float>> outputs_;
  // d loss / d outputs of each layer before its ReLU, [B, outputs]; of the last in outputs_.
  std::vector<compute::Array<float>> deltas_;
};

}  // namespace llmembed::head
