#include "head/trained_fusion.h"

#include <algorithm>

namespace llmembed::head {
namespace {

std::vector<float> NetworkDecayMask(const fusion::Network& network) {
  std::vector<float> mask(network.parameter_count(), 0.0F);
  for (const fusion::Parameter& parameter : network.parameters()) {
    if (!parameter.is_weight) continue;
    std::fill_n(mask.begin() + static_cast<int64_t>(parameter.offset), parameter.size, 1.0F);
  }
  return mask;
}

}  // namespace

Result<TrainedFusion> TrainedFusion::Create(compute::RowOps* ops, const fusion::Network* network,
                                            const MlpConfig& config, base::Random* random) {
  TrainedFusion made;
  made.ops_ = ops;
  made.network_ = network;
  if (network == nullptr) return made;
  std::vector<float> start(network->parameter_count());
  network->Initialize(config.initialization, random, start);
  LLMEMBED_RETURN_IF_ERROR(made.parameters_.Resize(ops, start.size()));
  LLMEMBED_RETURN_IF_ERROR(ops->Upload(start, made.parameters_.data()));
  LLMEMBED_RETURN_IF_ERROR(made.gradient_.Resize(ops, start.size()));
  LLMEMBED_ASSIGN_OR_RETURN(
      made.optimizer_,
      AdamW::Create(ops, {.weight_decay = config.weight_decay, .kind = config.optimizer},
                    NetworkDecayMask(*network)));
  return made;
}

Result<std::span<const float>> TrainedFusion::Forward(std::span<const float> inputs, size_t rows,
                                                      const compute::Dropout& dropout) {
  if (network_ == nullptr) return inputs;
  const size_t size = rows * network_->width();
  LLMEMBED_RETURN_IF_ERROR(outputs_.Resize(ops_, size));
  LLMEMBED_RETURN_IF_ERROR(of_outputs_.Resize(ops_, parameters_.empty() ? 0 : size));
  LLMEMBED_RETURN_IF_ERROR(network_->Forward({ops_, parameters_.span(), inputs, rows, dropout},
                                             &activations_, outputs_.span()));
  return std::span<const float>(outputs_.span());
}

FeatureGradient TrainedFusion::of_outputs() const {
  if (parameters_.empty()) return {};
  const auto [begin, end] = network_->trained_columns();
  return {begin, {of_outputs_.data() + begin, end - begin, network_->width()}};
}

Status TrainedFusion::Step(double rate, std::span<const float> inputs, size_t rows,
                           const compute::Dropout& dropout) {
  if (parameters_.empty()) return {};
  LLMEMBED_RETURN_IF_ERROR(network_->Backward({ops_, parameters_.span(), inputs, rows, dropout},
                                              &activations_, outputs_.span(), of_outputs_.span(),
                                              gradient_.span()));
  return optimizer_.Step(rate, gradient_.span(), parameters_.span());
}

}  // namespace llmembed::head
