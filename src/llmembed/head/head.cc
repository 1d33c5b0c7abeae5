#include "head/head.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "head/gemm.h"

namespace llmembed::head {
namespace {

// Rows taken at a time when there are hidden layers: bounds the memory of their activations.
constexpr uint64_t kBlockRows = 1024;

Status ForwardBlock(const std::vector<LinearLayer>& layers, std::span<const float> inputs,
                    uint64_t rows, std::span<float> logits) {
  std::vector<float> activations;
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
  return Gemm({rows, layer.outputs, layer.inputs}, {inputs.data()},
              {layer.weight.data(), Transpose::kYes}, {outputs.data(), 1.0F, 1.0F},
              GemmThreads::kOne);
}

void SoftmaxRows(std::span<float> logits, uint64_t classes) {
  for (size_t start = 0; start + classes <= logits.size(); start += classes) {
    const std::span<float> row = logits.subspan(start, classes);
    const float largest = *std::max_element(row.begin(), row.end());
    double sum = 0.0;
    for (float& value : row) {
      value = std::exp(value - largest);
      sum += value;
    }
    const auto scale = static_cast<float>(1.0 / sum);
    for (float& value : row) value *= scale;
  }
}

uint32_t LargestScore(std::span<const float> scores) {
  return static_cast<uint32_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
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
        ForwardBlock(layers, features.subspan(start * width(), count * width()), count,
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
