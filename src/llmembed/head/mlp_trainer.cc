#include "head/mlp_trainer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "base/random.h"
#include "compute/large_floats.h"
#include "compute/parallel.h"
#include "head/adamw.h"
#include "head/mlp.h"

namespace llmembed::head {
namespace {

// Independent streams of one seed.
constexpr uint64_t kInitStream = 1;
constexpr uint64_t kShuffleStream = 2;
constexpr uint64_t kDropoutStream = 3;
constexpr uint64_t kFusionInitStream = 4;

constexpr size_t kGatheredRows = 16;  // that one thread brings together at a time

std::vector<uint32_t> LayerSizes(const MlpConfig& config, const TrainingData& data) {
  const uint64_t inputs = data.network != nullptr ? data.network->width() : data.width;
  std::vector<uint32_t> sizes = {static_cast<uint32_t>(inputs)};
  sizes.insert(sizes.end(), config.hidden_sizes.begin(), config.hidden_sizes.end());
  sizes.push_back(data.classes);
  return sizes;
}

Mlp MakeMlp(const MlpConfig& config, const TrainingData& data, uint64_t seed) {
  base::Random random(seed, kInitStream);
  return Mlp(LayerSizes(config, data), &random, config.initialization);
}

// The fusion in front of the MLP, while it is trained. Without one (`network` is null) it passes
// features on as they are.
class TrainedFusion {
 public:
  TrainedFusion(const fusion::Network* network, const MlpConfig& config, uint64_t seed)
      : network_(network),
        parameters_(network != nullptr ? network->parameter_count() : 0),
        gradient_(parameters_.size()),
        optimizer_(config.weight_decay, DecayMask(), config.optimizer) {
    base::Random random(seed, kFusionInitStream);
    if (network != nullptr) network->Initialize(config.initialization, &random, parameters_);
  }

  std::span<const float> parameters() const { return parameters_; }

  // The MLP's features; they stay the fusion's (or the caller's).
  Result<std::span<const float>> Forward(std::span<const float> inputs, size_t rows,
                                         const compute::Dropout& dropout) {
    if (network_ == nullptr) return inputs;
    outputs_.resize(rows * network_->width());
    of_outputs_.resize(parameters_.empty() ? 0 : outputs_.size());
    LLMEMBED_RETURN_IF_ERROR(
        network_->Forward(parameters_, inputs, rows, dropout, &activations_, outputs_));
    return std::span<const float>(outputs_);
  }

  // Where the MLP puts the gradient of its features; empty when nothing is trained here.
  std::span<float> of_outputs() { return of_outputs_; }

  Status Step(double rate, std::span<const float> inputs, size_t rows,
              const compute::Dropout& dropout) {
    if (parameters_.empty()) return {};
    LLMEMBED_RETURN_IF_ERROR(network_->Backward(parameters_, inputs, rows, dropout, &activations_,
                                                outputs_, of_outputs_, gradient_));
    optimizer_.Step(rate, gradient_, parameters_);
    return {};
  }

 private:
  std::vector<float> DecayMask() const {
    std::vector<float> mask(parameters_.size(), 0.0F);
    if (network_ == nullptr) return mask;
    for (const fusion::Parameter& parameter : network_->parameters()) {
      if (!parameter.is_weight) continue;
      std::fill_n(mask.begin() + static_cast<int64_t>(parameter.offset), parameter.size, 1.0F);
    }
    return mask;
  }

  const fusion::Network* network_;
  compute::LargeFloats parameters_;
  compute::LargeFloats gradient_;
  AdamW optimizer_;
  fusion::Activations activations_;
  compute::LargeFloats outputs_;     // [B, network width]
  compute::LargeFloats of_outputs_;  // [B, network width]
};

class MlpTrainer {
 public:
  MlpTrainer(const HeadConfig& config, const TrainingData& data, const Standardizer& standardizer,
             const MlpRun& run)
      : config_(config.mlp),
        data_(data),
        standardizer_(standardizer),
        context_(run.context),
        fusion_(data.network, config.mlp, run.seed),
        mlp_(MakeMlp(config.mlp, data, run.seed)),
        optimizer_(config.mlp.weight_decay, mlp_.DecayMask(), config.mlp.optimizer),
        shuffle_(run.seed, kShuffleStream),
        dropout_(run.seed, kDropoutStream),
        order_(data.fit_rows.begin(), data.fit_rows.end()),
        row_weights_(RowWeights(data, data.fit_rows, config.class_weighting)),
        gradient_(mlp_.parameters().size()) {}

  Result<TrainedHead> Run();

 private:
  // Returns the mean loss over the epoch.
  Result<double> RunEpoch();
  Result<double> RunBatch(std::span<const uint32_t> rows);
  // The batch's features, standardised, labels and weights.
  void Gather(std::span<const uint32_t> rows);
  // The head for raw features.
  Head CurrentHead() const;
  uint64_t StepsPerEpoch() const {
    return (order_.size() + config_.batch_size - 1) / config_.batch_size;
  }
  std::string Describe(const TrainedHead& trained, uint32_t best_epoch) const;

  const MlpConfig& config_;
  const TrainingData& data_;
  const Standardizer& standardizer_;
  const RunContext& context_;
  TrainedFusion fusion_;
  Mlp mlp_;
  AdamW optimizer_;
  base::Random shuffle_;
  base::Random dropout_;
  std::vector<uint32_t> order_;  // the fit rows, as last shuffled
  std::vector<float> row_weights_;
  compute::LargeFloats gradient_;
  compute::LargeFloats batch_features_;
  std::vector<uint32_t> batch_labels_;
  std::vector<float> batch_weights_;
  uint64_t steps_ = 0;
};

void MlpTrainer::Gather(std::span<const uint32_t> rows) {
  const size_t width = data_.width;
  batch_features_.resize(rows.size() * width);
  compute::ParallelParts(rows.size(), kGatheredRows, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      standardizer_.Apply(data_.row(rows[i]), std::span(batch_features_).subspan(i * width, width));
    }
  });
  batch_labels_.clear();
  batch_weights_.clear();
  for (const uint32_t row : rows) {
    batch_labels_.push_back(data_.labels[row]);
    batch_weights_.push_back(row_weights_[row]);
  }
  const float weight_sum = std::accumulate(batch_weights_.begin(), batch_weights_.end(), 0.0F);
  for (float& weight : batch_weights_) weight /= weight_sum;
}

Result<double> MlpTrainer::RunBatch(std::span<const uint32_t> rows) {
  Gather(rows);
  const compute::Dropout dropout{config_.dropout, &dropout_};
  LLMEMBED_ASSIGN_OR_RETURN(const auto fused,
                            fusion_.Forward(batch_features_, rows.size(), dropout));
  LLMEMBED_ASSIGN_OR_RETURN(
      const double loss,
      mlp_.LossAndGradient(
          {fused, {batch_labels_, batch_weights_, config_.label_smoothing}, config_.loss}, dropout,
          gradient_, fusion_.of_outputs()));
  const double rate = LearningRateAt(config_, steps_, StepsPerEpoch() * config_.max_epochs);
  LLMEMBED_RETURN_IF_ERROR(fusion_.Step(rate, batch_features_, rows.size(), dropout));
  optimizer_.Step(rate, gradient_, mlp_.parameters());
  ++steps_;
  return loss;
}

Result<double> MlpTrainer::RunEpoch() {
  shuffle_.Shuffle(std::span(order_));
  double loss = 0.0;
  for (size_t start = 0; start < order_.size(); start += config_.batch_size) {
    if (context_.IsCancelled()) return Status(StatusCode::kCancelled, "training was cancelled");
    const size_t count = std::min<size_t>(config_.batch_size, order_.size() - start);
    LLMEMBED_ASSIGN_OR_RETURN(const double batch_loss,
                              RunBatch(std::span(order_).subspan(start, count)));
    loss += batch_loss * static_cast<double>(count);
  }
  return loss / static_cast<double>(order_.size());
}

Head MlpTrainer::CurrentHead() const {
  Head head = mlp_.ToHead();
  if (data_.network == nullptr) {
    head.layers.front() = standardizer_.FoldInto(head.layers.front());
    return head;
  }
  head.fusion =
      FusionStage{.network = *data_.network,
                  .parameters = {fusion_.parameters().begin(), fusion_.parameters().end()},
                  .mean = {standardizer_.mean.begin(), standardizer_.mean.end()},
                  .scale = {standardizer_.scale.begin(), standardizer_.scale.end()}};
  return head;
}

std::string MlpTrainer::Describe(const TrainedHead& trained, uint32_t best_epoch) const {
  std::string text;
  if (data_.network != nullptr) {
    text = data_.network->expression().ToString() + " of " + std::to_string(data_.width) +
           " values, then ";
  }
  text += "MLP";
  const char* separator = " ";
  for (const uint32_t size : LayerSizes(config_, data_)) {
    text += separator + std::to_string(size);
    separator = "-";
  }
  text += ", epoch " + std::to_string(best_epoch) + " of " + std::to_string(trained.log.size());
  if (trained.validation.rows > 0) {
    text += ", chosen on " + HeldOutRows(trained.validation.rows);
  }
  return text;
}

Result<TrainedHead> MlpTrainer::Run() {
  TrainedHead trained;
  uint32_t best_epoch = 0;
  for (uint32_t epoch = 1; epoch <= config_.max_epochs; ++epoch) {
    LLMEMBED_ASSIGN_OR_RETURN(const double loss, RunEpoch());
    if (!std::isfinite(loss)) {
      return Status(StatusCode::kBadData, "the training loss is not a number after epoch " +
                                              std::to_string(epoch) +
                                              ": try a smaller learning rate");
    }
    TrainingLogEntry entry;
    entry.epoch = epoch;
    entry.iterations = static_cast<uint32_t>(StepsPerEpoch());
    entry.training_loss = loss;
    Head head = CurrentHead();
    LLMEMBED_ASSIGN_OR_RETURN(entry.validation, Validate(head, data_));
    trained.log.push_back(entry);
    if (best_epoch == 0 || data_.validation_rows.empty() ||
        IsBetter(entry.validation, trained.validation)) {
      best_epoch = epoch;
      trained.head = std::move(head);
      trained.validation = entry.validation;
    }
    const bool stops = config_.patience > 0 && epoch - best_epoch >= config_.patience;
    context_.Report({"training the head", "epochs", epoch, config_.max_epochs,
                     stops || epoch == config_.max_epochs});
    if (stops) break;
  }
  trained.description = Describe(trained, best_epoch);
  return trained;
}

}  // namespace

Result<TrainedHead> TrainMlp(const HeadConfig& config, const TrainingData& data,
                             const Standardizer& standardizer, const MlpRun& run) {
  return MlpTrainer(config, data, standardizer, run).Run();
}

}  // namespace llmembed::head
