// A trained head: linear layers with ReLU between; features in, class scores out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "compute/losses.h"
#include "fusion/network.h"
#include "llmembed/status.h"

namespace llmembed::head {

struct LinearLayer {
  uint32_t inputs = 0;
  uint32_t outputs = 0;
  std::vector<float> weight;  // [outputs, inputs]
  std::vector<float> bias;    // [outputs]
};

// A fusion that was trained with its head: standardised features through a network.
struct FusionStage {
  fusion::Network network;
  std::vector<float> parameters;  // [network.parameter_count()]
  std::vector<float> mean;        // [network.inputs()]
  std::vector<float> scale;       // [network.inputs()]; standardised = (feature - mean) * scale
};

// Takes features as the backbones give them: without a fusion stage, standardisation is folded into
// the first layer.
// Read-only after it was made, so safe to use from many threads (each call computes for itself).
struct Head {
  std::vector<LinearLayer> layers;    // at least one; each as wide as the one before gives
  std::optional<FusionStage> fusion;  // in front of the layers

  uint32_t width() const {  // D
    return fusion ? static_cast<uint32_t>(fusion->network.inputs()) : layers.front().inputs;
  }
  uint32_t classes() const { return layers.back().outputs; }  // C

  // Features [N, D] to logits [N, C]. kMismatch when they are not whole rows of D.
  Result<std::vector<float>> Logits(std::span<const float> features) const;

  // The softmax of the logits, [N, C].
  Result<std::vector<float>> Probabilities(std::span<const float> features) const;
};

using compute::LargestScore;
using compute::SoftmaxRows;

// outputs [rows, layer.outputs] = inputs [rows, layer.inputs] * weight^T + bias.
Status ApplyLinear(const LinearLayer& layer, std::span<const float> inputs, uint64_t rows,
                   std::span<float> outputs);

}  // namespace llmembed::head
