#include "head/head.h"

#include <algorithm>
#include <string>

#include "compute/row_ops.h"

namespace llmembed::head {
namespace {

// Rows taken at a time when there are hidden layers: bounds the memory of their activations.
constexpr uint64_t kBlockRows = 1024;

// Rows of features through the fusion stage.
Result<std::vector<float>> Fuse(const FusionStage& stage, std::span<const float> features,
                                uint64_t rows) {
  const size_t inputs = stage.network.inputs();
  std::vector<float> standardised(features.size());
  for (uint64_t row = 0; row < rows; ++row) {
    const float* x = features.data() + row * inputs;
    float* out = standardised.data() + row * inputs;
    for (size_t i = 0; i < inputs; ++i) {
      out[i] = static_cast<float>((double{x[i]} - stage.mean[i]) * stage.scale[i]);
    }
  }
  std::vector<float> fused(rows * stage.network.width());
  LLMEMBED_RETURN_IF_ERROR(stage.network.Forward(
      {compute::CpuRowOps(compute::GemmThreads::kAll), stage.parameters, standardised, rows},
      nullptr, fused));
  return fused;
}

Status ForwardBlock(const Head& head, std::span<const float> inputs, uint64_t rows,
                    std::span<float> logits) {
  const std::vector<LinearLayer>& layers = head.layers;
  std::vector<float> activations;
  if (head.fusion) {
    LLMEMBED_ASSIGN_OR_RETURN(activations, Fuse(*head.fusion, inputs, rows));
    inputs = activations;
  }
  for (size_t i = 0; i + 1 < layers.size(); ++i) {
    std::vector<float> outputs(rows * layers[i].outputs);
    LLMEMBED_RETURN_IF_ERROR(ApplyLinear(layers[i], inputs, rows, outputs));
    for (float& value : outputs) value = std::max(value, 0.0F);
    activations = std::move(outputs);
    inputs = activations;
  }
  return ApplyLinear(layers.back(), inputs, rows, logits);
}

}  // namespace

Status ApplyLinear(const LinearLayer& layer, std::span<const float> inputs, uint64_t rows,
                   std::span<float> outputs) {
  for (uint64_t row = 0; row < rows; ++row) {
    std::copy(layer.bias.begin(), layer.bias.end(), outputs.begin() + row * layer.outputs);
  }
  return compute::CpuRowOps(compute::GemmThreads::kOne)
      ->Gemm({rows, layer.outputs, layer.inputs}, {inputs.data()},
             {layer.weight.data(), compute::Transpose::kYes}, {outputs.data(), 1.0F, 1.0F});
}

Result<std::vector<float>> Head::Logits(std::span<const float> features) const {
  if (features.size() % width() != 0) {
    return Status(StatusCode::kMismatch, "the head takes rows of " + std::to_string(width()) +
                                             " features, not " + std::to_string(features.size()) +
                                             " values");
  }
  const uint64_t rows = features.size() / width();
  std::vector<float> logits(rows * classes());
  for (uint64_t start = 0; start < rows; start += kBlockRows) {
    const uint64_t count = std::min(kBlockRows, rows - start);
    LLMEMBED_RETURN_IF_ERROR(
        ForwardBlock(*this, features.subspan(start * width(), count * width()), count,
                     std::span(logits).subspan(start * classes(), count * classes())));
  }
  return logits;
}

Result<std::vector<float>> Head::Probabilities(std::span<const float> features) const {
  LLMEMBED_ASSIGN_OR_RETURN(std::vector<float> scores, Logits(features));
  SoftmaxRows(scores, classes());
  return scores;
}

}  // namespace llmembed::head
