#include "head/mlp.h"

#include <algorithm>
#include <cmath>

namespace llmembed::head {

Result<Mlp> Mlp::Create(compute::RowOps* ops, const std::vector<uint32_t>& sizes,
                        base::Random* random, fusion::Initialization how) {
  Mlp mlp;
  mlp.ops_ = ops;
  uint64_t offset = 0;
  for (size_t i = 0; i + 1 < sizes.size(); ++i) {
    Layer layer{sizes[i], sizes[i + 1]};
    layer.weight_offset = offset;
    layer.bias_offset = offset + layer.inputs * layer.outputs;
    offset = layer.bias_offset + layer.outputs;
    mlp.layers_.push_back(layer);
  }
  mlp.outputs_.resize(mlp.layers_.size());
  mlp.deltas_.resize(mlp.layers_.size());
  std::vector<float> parameters(offset, 0.0F);
  for (size_t i = 0; i < mlp.layers_.size(); ++i) {
    const Layer& layer = mlp.layers_[i];
    const bool is_torch = how == fusion::Initialization::kTorch;
    const double gain = is_torch ? 1.0 : (i + 1 < mlp.layers_.size() ? 6.0 : 3.0);
    const double bound = std::sqrt(gain / static_cast<double>(layer.inputs));
    const uint64_t end = layer.bias_offset + (is_torch ? layer.outputs : 0);
    for (uint64_t j = layer.weight_offset; j < end; ++j) {
      parameters[j] = static_cast<float>(bound * (2.0 * random->Uniform() - 1.0));
    }
  }
  LLMEMBED_RETURN_IF_ERROR(mlp.parameters_.Resize(ops, offset));
  LLMEMBED_RETURN_IF_ERROR(ops->Upload(parameters, mlp.parameters_.data()));
  return mlp;
}

std::vector<float> Mlp::DecayMask() const {
  std::vector<float> mask(parameters_.size(), 0.0F);
  for (const Layer& layer : layers_) {
    std::fill_n(mask.begin() + static_cast<int64_t>(layer.weight_offset),
                layer.inputs * layer.outputs, 1.0F);
  }
  return mask;
}

const float* Mlp::InputsOf(size_t layer, std::span<const float> features) const {
  return layer == 0 ? features.data() : outputs_[layer - 1].data();
}

Status Mlp::Forward(std::span<const float> features, uint64_t rows,
                    const compute::Dropout& dropout) {
  for (size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    LLMEMBED_RETURN_IF_ERROR(outputs_[i].Resize(ops_, rows * layer.outputs));
    float* const outputs = outputs_[i].data();
    const float* bias = parameters_.data() + layer.bias_offset;
    LLMEMBED_RETURN_IF_ERROR(ops_->Gemm(
        {rows, layer.outputs, layer.inputs}, {InputsOf(i, features)},
        {parameters_.data() + layer.weight_offset, compute::Transpose::kYes}, {outputs}));
    const compute::FloatRows values{outputs, rows, layer.outputs, layer.outputs};
    const bool is_last = i + 1 == layers_.size();
    LLMEMBED_RETURN_IF_ERROR(is_last ? ops_->AddBias(bias, values)
                                     : ops_->BiasReluDropout(bias, dropout, values));
  }
  return Status();
}

Status Mlp::Backward(const MlpBatch& batch, const compute::Dropout& dropout,
                     std::span<float> gradient, const FeatureGradient& of_features) {
  const uint64_t rows = batch.targets.labels.size();
  const float* delta = outputs_.back().data();  // d loss / d outputs of layer i, [B, outputs]
  for (size_t i = layers_.size(); i-- > 0;) {
    const Layer& layer = layers_[i];
    LLMEMBED_RETURN_IF_ERROR(
        ops_->Gemm({layer.outputs, layer.inputs, rows}, {delta, compute::Transpose::kYes},
                   {InputsOf(i, batch.features)}, {gradient.data() + layer.weight_offset}));
    LLMEMBED_RETURN_IF_ERROR(ops_->SumRows(delta, rows, layer.outputs,
                                           gradient.subspan(layer.bias_offset, layer.outputs)));
    if (i == 0) break;

    LLMEMBED_RETURN_IF_ERROR(deltas_[i - 1].Resize(ops_, rows * layer.inputs));
    float* const of_inputs = deltas_[i - 1].data();
    LLMEMBED_RETURN_IF_ERROR(ops_->Gemm({rows, layer.inputs, layer.outputs}, {delta},
                                        {parameters_.data() + layer.weight_offset}, {of_inputs}));
    LLMEMBED_RETURN_IF_ERROR(ops_->ReluDropoutGradient(
        dropout, outputs_[i - 1].data(), {of_inputs, rows, layer.inputs, layer.inputs}));
    delta = of_inputs;
  }
  return FeatureBackward(delta, rows, of_features);
}

Status Mlp::FeatureBackward(const float* delta, uint64_t rows, const FeatureGradient& of_features) {
  const auto& [first, columns] = of_features;
  if (columns.data == nullptr) return {};
  const Layer& layer = layers_.front();
  return ops_->Gemm(
      {rows, columns.width, layer.outputs}, {delta},
      {parameters_.data() + layer.weight_offset + first, compute::Transpose::kNo, layer.inputs},
      {columns.data, 1.0F, 0.0F, columns.stride});
}

Status Mlp::LossAndGradient(const MlpBatch& batch, const compute::Dropout& dropout,
                            std::span<float> gradient, const FeatureGradient& of_features,
                            double* loss_sum) {
  LLMEMBED_RETURN_IF_ERROR(Forward(batch.features, batch.targets.labels.size(), dropout));
  LLMEMBED_RETURN_IF_ERROR(ops_->AddLoss(batch.loss, batch.targets, layers_.back().outputs,
                                         batch.times, outputs_.back().data(), loss_sum));
  return Backward(batch, dropout, gradient, of_features);
}

Result<const float*> Mlp::Logits(std::span<const float> features, size_t rows) {
  LLMEMBED_RETURN_IF_ERROR(Forward(features, rows, {}));
  return static_cast<const float*>(outputs_.back().data());
}

Result<Head> Mlp::ToHead() const {
  std::vector<float> all(parameters_.size());
  LLMEMBED_RETURN_IF_ERROR(ops_->Download(parameters_.data(), all));
  Head head;
  for (const Layer& layer : layers_) {
    const auto parameters = std::span(all).subspan(layer.weight_offset);
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
