#include "head/mlp.h"

#include <algorithm>
#include <cmath>

#include "compute/gemm.h"

namespace llmembed::head {

Mlp::Mlp(std::vector<uint32_t> sizes, base::Random* random, fusion::Initialization how) {
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
  deltas_.resize(layers_.size());
  for (size_t i = 0; i < layers_.size(); ++i) {
    const bool is_torch = how == fusion::Initialization::kTorch;
    const double gain = is_torch ? 1.0 : (i + 1 < layers_.size() ? 6.0 : 3.0);
    const double bound = std::sqrt(gain / static_cast<double>(layers_[i].inputs));
    const uint64_t end = layers_[i].bias_offset + (is_torch ? layers_[i].outputs : 0);
    for (uint64_t j = layers_[i].weight_offset; j < end; ++j) {
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

Status Mlp::Forward(const MlpBatch& batch, const compute::Dropout& dropout) {
  const uint64_t rows = batch.targets.labels.size();
  for (size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    compute::LargeFloats& outputs = outputs_[i];
    outputs.resize(rows * layer.outputs);
    const float* bias = parameters_.data() + layer.bias_offset;
    LLMEMBED_RETURN_IF_ERROR(
        compute::Gemm({rows, layer.outputs, layer.inputs}, {InputsOf(i, batch).data()},
                      {parameters_.data() + layer.weight_offset, compute::Transpose::kYes},
                      {outputs.data()}, compute::GemmThreads::kAll));
    if (i + 1 < layers_.size()) {
      compute::BiasReluDropout(bias, dropout, {outputs.data(), rows, layer.outputs, layer.outputs});
      continue;
    }
    for (uint64_t at = 0; at < outputs.size(); ++at) outputs[at] += bias[at % layer.outputs];
  }
  return Status();
}

Status Mlp::Backward(const MlpBatch& batch, const compute::Dropout& dropout,
                     std::span<float> gradient, std::span<float> of_features) {
  const uint64_t rows = batch.targets.labels.size();
  const float* delta = outputs_.back().data();  // d loss / d outputs of layer i, [B, outputs]
  for (size_t i = layers_.size(); i-- > 0;) {
    const Layer& layer = layers_[i];
    LLMEMBED_RETURN_IF_ERROR(
        compute::Gemm({layer.outputs, layer.inputs, rows}, {delta, compute::Transpose::kYes},
                      {InputsOf(i, batch).data()}, {gradient.data() + layer.weight_offset},
                      compute::GemmThreads::kAll));
    compute::SumRows(delta, rows, layer.outputs,
                     gradient.subspan(layer.bias_offset, layer.outputs));
    if (i == 0 && of_features.empty()) break;

    if (i > 0) deltas_[i - 1].resize(rows * layer.inputs);
    float* const of_inputs = i == 0 ? of_features.data() : deltas_[i - 1].data();
    LLMEMBED_RETURN_IF_ERROR(compute::Gemm({rows, layer.inputs, layer.outputs}, {delta},
                                           {parameters_.data() + layer.weight_offset}, {of_inputs},
                                           compute::GemmThreads::kAll));
    if (i == 0) break;
    compute::ReluDropoutGradient(dropout, outputs_[i - 1].data(),
                                 {of_inputs, rows, layer.inputs, layer.inputs});
    delta = of_inputs;
  }
  return Status();
}

Result<double> Mlp::LossAndGradient(const MlpBatch& batch, const compute::Dropout& dropout,
                                    std::span<float> gradient, std::span<float> of_features) {
  LLMEMBED_RETURN_IF_ERROR(Forward(batch, dropout));
  const uint64_t classes = layers_.back().outputs;
  const double loss = batch.loss == Loss::kDoubleSoftmax
                          ? DoubleSoftmaxCrossEntropy(batch.targets, classes, outputs_.back())
                          : SoftmaxCrossEntropy(batch.targets, classes, outputs_.back());
  LLMEMBED_RETURN_IF_ERROR(Backward(batch, dropout, gradient, of_features));
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
