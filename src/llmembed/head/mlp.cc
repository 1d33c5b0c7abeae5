#include "head/mlp.h"

#include <algorithm>
#include <cmath>

#include "head/gemm.h"

namespace llmembed::head {
namespace {

void Relu(std::span<float> values) {
  for (float& value : values) value = std::max(value, 0.0F);
}

void ApplyDropout(const Dropout& dropout, std::span<float> values) {
  if (dropout.rate == 0.0) return;
  const auto dropped_below = static_cast<uint32_t>(dropout.rate * 4294967296.0);
  const auto scale = static_cast<float>(1.0 / (1.0 - dropout.rate));
  for (float& value : values) {
    value = dropout.random->Next() < dropped_below ? 0.0F : value * scale;
  }
}

}  // namespace

Mlp::Mlp(std::vector<uint32_t> sizes, base::Random* random) {
  uint64_t offset = 0;
  for (size_t i = 0; i + 1 < sizes.size(); ++i) {
    Layer layer{sizes[i], sizes[i + 1]};
    layer.weight_offset = offset;
    layer.bias_offset = offset + layer.inputs * layer.outputs;
    offset = layer.bias_offset + layer.outputs;
    layers_.push_back(layer);
  }
  parameters_.assign(offset, 0.0F);
  outputs_.resize(layers_.size());
  for (size_t i = 0; i < layers_.size(); ++i) {
    const double gain = i + 1 < layers_.size() ? 2.0 : 1.0;
    const double bound = std::sqrt(3.0 * gain / static_cast<double>(layers_[i].inputs));
    for (uint64_t j = layers_[i].weight_offset; j < layers_[i].bias_offset; ++j) {
      parameters_[j] = static_cast<float>(bound * (2.0 * random->Uniform() - 1.0));
    }
  }
}

std::vector<float> Mlp::DecayMask() const {
  std::vector<float> mask(parameters_.size(), 0.0F);
  for (const Layer& layer : layers_) {
    std::fill_n(mask.begin() + static_cast<int64_t>(layer.weight_offset),
                layer.inputs * layer.outputs, 1.0F);
  }
  return mask;
}

std::span<const float> Mlp::InputsOf(size_t layer, const MlpBatch& batch) const {
  return layer == 0 ? batch.features : std::span<const float>(outputs_[layer - 1]);
}

Status Mlp::Forward(const MlpBatch& batch, const Dropout& dropout) {
  const uint64_t rows = batch.targets.labels.size();
  for (size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    std::vector<float>& outputs = outputs_[i];
    outputs.resize(rows * layer.outputs);
    const float* bias = parameters_.data() + layer.bias_offset;
    for (uint64_t row = 0; row < rows; ++row) {
      std::copy_n(bias, layer.outputs, outputs.data() + row * layer.outputs);
    }
    LLMEMBED_RETURN_IF_ERROR(Gemm({rows, layer.outputs, layer.inputs}, {InputsOf(i, batch).data()},
                                  {parameters_.data() + layer.weight_offset, Transpose::kYes},
                                  {outputs.data(), 1.0F, 1.0F}, GemmThreads::kAll));
    if (i + 1 < layers_.size()) {
      Relu(outputs);
      ApplyDropout(dropout, outputs);
    }
  }
  return Status();
}

Status Mlp::Backward(const MlpBatch& batch, const Dropout& dropout, std::span<float> gradient) {
  const uint64_t rows = batch.targets.labels.size();
  std::vector<float> delta = outputs_.back();  // d loss / d outputs of layer i, [B, outputs]
  for (size_t i = layers_.size(); i-- > 0;) {
    const Layer& layer = layers_[i];
    LLMEMBED_RETURN_IF_ERROR(Gemm({layer.outputs, layer.inputs, rows},
                                  {delta.data(), Transpose::kYes}, {InputsOf(i, batch).data()},
                                  {gradient.data() + layer.weight_offset}, GemmThreads::kAll));
    const std::span<float> bias_gradient = gradient.subspan(layer.bias_offset, layer.outputs);
    std::fill(bias_gradient.begin(), bias_gradient.end(), 0.0F);
    for (uint64_t j = 0; j < delta.size(); ++j) bias_gradient[j % layer.outputs] += delta[j];
    if (i == 0) break;

    std::vector<float> inner(rows * layer.inputs);
    LLMEMBED_RETURN_IF_ERROR(Gemm({rows, layer.inputs, layer.outputs}, {delta.data()},
                                  {parameters_.data() + layer.weight_offset}, {inner.data()},
                                  GemmThreads::kAll));
    // Positive exactly where the ReLU let a value through and dropout kept it.
    const std::vector<float>& activations = outputs_[i - 1];
    const auto scale = static_cast<float>(1.0 / (1.0 - dropout.rate));
    for (size_t j = 0; j < inner.size(); ++j) {
      inner[j] = activations[j] > 0.0F ? inner[j] * scale : 0.0F;
    }
    delta = std::move(inner);
  }
  return Status();
}

Result<double> Mlp::LossAndGradient(const MlpBatch& batch, const Dropout& dropout,
                                    std::span<float> gradient) {
  LLMEMBED_RETURN_IF_ERROR(Forward(batch, dropout));
  const double loss = SoftmaxCrossEntropy(batch.targets, layers_.back().outputs, outputs_.back());
  LLMEMBED_RETURN_IF_ERROR(Backward(batch, dropout, gradient));
  return loss;
}

Head Mlp::ToHead() const {
  Head head;
  for (const Layer& layer : layers_) {
    const auto parameters = std::span(parameters_).subspan(layer.weight_offset);
    const auto weight = parameters.first(layer.inputs * layer.outputs);
    const auto bias = parameters.subspan(weight.size(), layer.outputs);
    head.layers.push_back({static_cast<uint32_t>(layer.inputs),
                           static_cast<uint32_t>(layer.outputs),
                           {weight.begin(), weight.end()},
                           {bias.begin(), bias.end()}});
  }
  return head;
}

}  // namespace llmembed::head
