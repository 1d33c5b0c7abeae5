// The fusion in front of an MLP, while both are trained.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compute/row_ops.h"
#include "fusion/network.h"
#include "head/adamw.h"
#include "head/head_config.h"
#include "head/mlp.h"
#include "llmembed/status.h"

namespace llmembed::head {

// Without a network it passes features on as they are. Not thread-safe. Arrays are in the memory of
// the operations it was created with.
class TrainedFusion {
 public:
  // `network` may be null; it, `ops` and `config` must outlive this.
  static Result<TrainedFusion> Create(compute::RowOps* ops, const fusion::Network* network,
                                      const MlpConfig& config, base::Random* random);

  std::span<float> parameters() { return parameters_.span(); }

  // The MLP's features; they stay the fusion's (or the caller's).
  Result<std::span<const float>> Forward(std::span<const float> inputs, size_t rows,
                                         const compute::Dropout& dropout);

  // Where the MLP puts the gradient of its features, as far as it is needed.
  FeatureGradient of_outputs() const;

  // Behind Forward with the same inputs and dropout, and the gradient in of_outputs().
  Status Step(double rate, std::span<const float> inputs, size_t rows,
              const compute::Dropout& dropout);

 private:
  TrainedFusion() = default;

  compute::RowOps* ops_ = nullptr;
  const fusion::Network* network_ = nullptr;
  AdamW optimizer_;
  compute::Array<float> parameters_;
  compute::Array<float> gradient_;
  fusion::Activations activations_;
  compute::Array<float> outputs_;     // [B, network width]
  compute::Array<float> of_outputs_;  // [B, network width]
};

}  // namespace llmembed::head
