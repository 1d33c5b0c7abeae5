#include "head/logistic_objective.h"

#include <algorithm>
#include <numeric>

#include "compute/gemm.h"
#include "compute/losses.h"

namespace llmembed::head {
namespace {

// A block is read twice, for the logits and for the gradient: it should still be in the cache.
// Fixed sizes, not this machine's, so that the sums come out the same everywhere.
constexpr uint64_t kBlockBytes = 1 << 20;
constexpr uint64_t kMaxLanes = 16;

uint64_t BlockRows(uint64_t width) {
  return std::clamp<uint64_t>(kBlockBytes / (width * sizeof(float)) / 64 * 64, 64, 4096);
}

}  // namespace

LogisticObjective::LogisticObjective(const TrainingData& data, const Standardizer& standardizer,
                                     std::vector<float> row_weights, base::ThreadPool* pool,
                                     const std::atomic<bool>* cancelled)
    : data_(data),
      standardizer_(standardizer),
      row_weights_(std::move(row_weights)),
      pool_(pool),
      cancelled_(cancelled),
      outputs_(data.classes == 2 ? 1 : data.classes),
      block_rows_(BlockRows(data.width)),
      weight_sum_(std::accumulate(row_weights_.begin(), row_weights_.end(), 0.0)) {
  const uint64_t blocks = (data.rows() + block_rows_ - 1) / block_rows_;
  lanes_.resize(std::min(blocks, kMaxLanes));
  for (uint64_t i = 0; i < lanes_.size(); ++i) {
    lanes_[i].begin = i * blocks / lanes_.size() * block_rows_;
    lanes_[i].end = std::min((i + 1) * blocks / lanes_.size() * block_rows_, data.rows());
    lanes_[i].weight_gradient.resize(outputs_ * data.width);
    lanes_[i].bias_gradient.resize(outputs_);
    lanes_[i].logits.resize(block_rows_ * outputs_);
  }
}

LinearLayer LogisticObjective::StandardizedLayer(std::span<const double> parameters) const {
  const auto biases = parameters.subspan(outputs_ * data_.width);
  LinearLayer layer;
  layer.inputs = static_cast<uint32_t>(data_.width);
  layer.outputs = static_cast<uint32_t>(outputs_);
  layer.weight.assign(parameters.begin(), parameters.end() - static_cast<int64_t>(outputs_));
  layer.bias.assign(biases.begin(), biases.end());
  return layer;
}

Status LogisticObjective::AddBlock(const LinearLayer& layer, uint64_t start, uint64_t rows,
                                   Lane* lane) const {
  const uint64_t width = data_.width;
  const std::span<const float> features = data_.features.subspan(start * width, rows * width);
  const std::span<float> logits = std::span(lane->logits).first(rows * outputs_);
  LLMEMBED_RETURN_IF_ERROR(ApplyLinear(layer, features, rows, logits));

  const compute::LossTargets targets{data_.labels.subspan(start, rows),
                                     std::span(row_weights_).subspan(start, rows)};
  lane->loss += outputs_ == 1 ? compute::BinaryCrossEntropy(targets, logits)
                              : compute::SoftmaxCrossEntropy(targets, outputs_, logits);
  for (uint64_t row = 0; row < rows; ++row) {
    for (uint64_t k = 0; k < outputs_; ++k) {
      lane->bias_gradient[k] += logits[row * outputs_ + k];
    }
  }
  const float kept = start == lane->begin ? 0.0F : 1.0F;  // of the sum so far
  return compute::Gemm({outputs_, width, rows}, {logits.data(), compute::Transpose::kYes},
                       {features.data()}, {lane->weight_gradient.data(), 1.0F, kept},
                       compute::GemmThreads::kOne);
}

Status LogisticObjective::RunLane(const LinearLayer& layer, Lane* lane) const {
  lane->loss = 0.0;
  std::fill(lane->bias_gradient.begin(), lane->bias_gradient.end(), 0.0);
  for (uint64_t start = lane->begin; start < lane->end; start += block_rows_) {
    if (cancelled_ != nullptr && cancelled_->load()) {
      return Status(StatusCode::kCancelled, "training was cancelled");
    }
    LLMEMBED_RETURN_IF_ERROR(
        AddBlock(layer, start, std::min(block_rows_, lane->end - start), lane));
  }
  return Status();
}

Result<double> LogisticObjective::Evaluate(std::span<const double> parameters,
                                           std::span<double> gradient) {
  const LinearLayer layer = standardizer_.FoldInto(StandardizedLayer(parameters));
  LLMEMBED_RETURN_IF_ERROR(pool_->ParallelFor(
      lanes_.size(), [&](size_t index, unsigned) { return RunLane(layer, &lanes_[index]); }));
  return Combine(parameters, gradient);
}

double LogisticObjective::Combine(std::span<const double> parameters,
                                  std::span<double> gradient) const {
  const uint64_t weights = outputs_ * data_.width;
  double value = 0.0;
  std::fill(gradient.begin(), gradient.end(), 0.0);
  for (const Lane& lane : lanes_) {
    value += lane.loss;
    for (uint64_t i = 0; i < weights; ++i) gradient[i] += lane.weight_gradient[i];
    for (uint64_t k = 0; k < outputs_; ++k) gradient[weights + k] += lane.bias_gradient[k];
  }
  value /= weight_sum_;

  // From raw to standardised features, and the penalty.
  const double penalty = 1.0 / (c_ * weight_sum_);
  for (uint64_t k = 0; k < outputs_; ++k) {
    double& bias_gradient = gradient[weights + k];
    for (uint64_t i = 0; i < data_.width; ++i) {
      const double weight = parameters[k * data_.width + i];
      double& entry = gradient[k * data_.width + i];
      entry -= bias_gradient * standardizer_.mean[i];
      entry = entry * standardizer_.scale[i] / weight_sum_ + penalty * weight;
      value += 0.5 * penalty * weight * weight;
    }
    bias_gradient /= weight_sum_;
  }
  return value;
}

Head LogisticObjective::ToHead(std::span<const double> parameters) const {
  LinearLayer layer = StandardizedLayer(parameters);
  if (outputs_ == 1) {
    for (float& weight : layer.weight) weight *= 0.5F;
    layer.bias[0] *= 0.5F;
    const std::vector<float> weight = layer.weight;
    std::transform(weight.begin(), weight.end(), layer.weight.begin(), std::negate<float>());
    layer.weight.insert(layer.weight.end(), weight.begin(), weight.end());
    layer.bias = {-layer.bias[0], layer.bias[0]};
    layer.outputs = 2;
  }
  return Head{{standardizer_.FoldInto(layer)}};
}

}  // namespace llmembed::head
