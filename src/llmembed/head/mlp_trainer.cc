#include "head/mlp_trainer.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "base/random.h"
#include "head/adamw.h"
#include "head/mlp.h"
#include "head/trained_fusion.h"

namespace llmembed::head {
namespace {

// Independent streams of one seed.
constexpr uint64_t kInitStream = 1;
constexpr uint64_t kShuffleStream = 2;
constexpr uint64_t kDropoutStream = 3;
constexpr uint64_t kFusionInitStream = 4;

constexpr size_t kMeasuredRows = 256;  // at least, that are measured at a time

// Where an epoch's figures are added up.
enum Sum : size_t { kLossSum, kCorrectSum, kLogLossSum, kSums };

std::vector<uint32_t> LayerSizes(const MlpConfig& config, const TrainingData& data) {
  const uint64_t inputs = data.network != nullptr ? data.network->width() : data.width;
  std::vector<uint32_t> sizes = {static_cast<uint32_t>(inputs)};
  sizes.insert(sizes.end(), config.hidden_sizes.begin(), config.hidden_sizes.end());
  sizes.push_back(data.classes);
  return sizes;
}

// The best parameters so far.
class Kept {
 public:
  Status Keep(compute::RowOps* ops, std::span<const float> parameters) {
    LLMEMBED_RETURN_IF_ERROR(kept_.Resize(ops, parameters.size()));
    return Copy(ops, parameters.data(), kept_.data());
  }
  Status Restore(compute::RowOps* ops, std::span<float> parameters) const {
    return Copy(ops, kept_.data(), parameters.data());
  }

 private:
  Status Copy(compute::RowOps* ops, const float* from, float* to) const {
    const size_t size = kept_.size();
    return ops->CopyRows({from, size, size}, 1, {to, size, size});
  }
  compute::Array<float> kept_;
};

// What is computed with: everything that lies in the operations' memory.
struct Parts {
  static Result<Parts> Make(const MlpConfig& config, const TrainingData& data, const MlpRun& run) {
    base::Random init(run.seed, kInitStream);
    base::Random fusion_init(run.seed, kFusionInitStream);
    LLMEMBED_ASSIGN_OR_RETURN(TrainedFusion fusion,
                              TrainedFusion::Create(run.ops, data.network, config, &fusion_init));
    LLMEMBED_ASSIGN_OR_RETURN(
        Mlp mlp, Mlp::Create(run.ops, LayerSizes(config, data), &init, config.initialization));
    LLMEMBED_ASSIGN_OR_RETURN(
        AdamW optimizer,
        AdamW::Create(run.ops, {.weight_decay = config.weight_decay, .kind = config.optimizer},
                      mlp.DecayMask()));
    Parts parts{std::move(fusion), std::move(mlp), std::move(optimizer)};
    LLMEMBED_RETURN_IF_ERROR(parts.gradient.Resize(run.ops, parts.mlp.parameters().size()));
    LLMEMBED_RETURN_IF_ERROR(parts.sums.Resize(run.ops, kSums));
    LLMEMBED_RETURN_IF_ERROR(parts.sums.Zero(run.ops));
    return parts;
  }

  TrainedFusion fusion;
  Mlp mlp;
  AdamW optimizer;
  compute::Array<float> gradient = {};  // of the MLP's parameters
  compute::Array<float> batch = {};     // features of some rows, standardised
  compute::Array<double> sums = {};     // [kSums]
  Kept best_fusion = {}, best_mlp = {};
};

class MlpTrainer {
 public:
  MlpTrainer(const HeadConfig& config, const TrainingData& data, const Standardizer& standardizer,
             const MlpRun& run, Parts parts)
      : config_(config.mlp),
        data_(data),
        standardizer_(standardizer),
        context_(run.context),
        ops_(run.ops),
        parts_(std::move(parts)),
        shuffle_(run.seed, kShuffleStream),
        dropout_(run.seed, kDropoutStream),
        order_(data.fit_rows.begin(), data.fit_rows.end()),
        row_weights_(RowWeights(data, data.fit_rows, config.class_weighting)) {}

  Result<TrainedHead> Run();

 private:
  // All batches; their losses are added up.
  Status RunEpoch();
  Status RunBatch(std::span<const uint32_t> rows);
  // The features of some rows, standardised.
  Result<std::span<const float>> Gather(std::span<const uint32_t> rows);
  // Labels, and weights that sum to 1.
  void TakeTargets(std::span<const uint32_t> rows);
  // Adds up how good the head is on the held-out rows.
  Status AddHeldOutScores();
  // What was added up over an epoch.
  Result<TrainingLogEntry> TakeEntry(uint32_t epoch);
  Status KeepBest();
  // The best head, for raw features.
  Result<Head> BestHead();
  uint64_t StepsPerEpoch() const {
    return (order_.size() + config_.batch_size - 1) / config_.batch_size;
  }
  std::string Describe(const TrainedHead& trained, uint32_t best_epoch) const;

  const MlpConfig& config_;
  const TrainingData& data_;
  const Standardizer& standardizer_;
  const RunContext& context_;
  compute::RowOps* ops_;
  Parts parts_;
  std::unique_ptr<compute::RowSource> features_;
  base::Random shuffle_;
  base::Random dropout_;
  std::vector<uint32_t> order_;  // the fit rows, as last shuffled
  std::vector<float> row_weights_;
  std::vector<uint32_t> batch_labels_;
  std::vector<float> batch_weights_;
  uint64_t steps_ = 0;
};

Result<std::span<const float>> MlpTrainer::Gather(std::span<const uint32_t> rows) {
  LLMEMBED_RETURN_IF_ERROR(parts_.batch.Resize(ops_, rows.size() * data_.width));
  LLMEMBED_RETURN_IF_ERROR(features_->Gather(rows, parts_.batch.data()));
  return std::span<const float>(parts_.batch.span());
}

void MlpTrainer::TakeTargets(std::span<const uint32_t> rows) {
  batch_labels_.clear();
  batch_weights_.clear();
  for (const uint32_t row : rows) {
    batch_labels_.push_back(data_.labels[row]);
    batch_weights_.push_back(row_weights_[row]);
  }
  const float weight_sum = std::accumulate(batch_weights_.begin(), batch_weights_.end(), 0.0F);
  for (float& weight : batch_weights_) weight /= weight_sum;
}

Status MlpTrainer::RunBatch(std::span<const uint32_t> rows) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto features, Gather(rows));
  TakeTargets(rows);
  const compute::Dropout dropout{config_.dropout, &dropout_};
  LLMEMBED_ASSIGN_OR_RETURN(const auto fused,
                            parts_.fusion.Forward(features, rows.size(), dropout));
  LLMEMBED_RETURN_IF_ERROR(parts_.mlp.LossAndGradient(
      {fused,
       {batch_labels_, batch_weights_, config_.label_smoothing},
       config_.loss,
       static_cast<double>(rows.size())},
      dropout, parts_.gradient.span(), parts_.fusion.of_outputs(), parts_.sums.data() + kLossSum));
  const double rate = LearningRateAt(config_, steps_, StepsPerEpoch() * config_.max_epochs);
  LLMEMBED_RETURN_IF_ERROR(parts_.fusion.Step(rate, features, rows.size(), dropout));
  LLMEMBED_RETURN_IF_ERROR(
      parts_.optimizer.Step(rate, parts_.gradient.span(), parts_.mlp.parameters()));
  ++steps_;
  return {};
}

Status MlpTrainer::RunEpoch() {
  shuffle_.Shuffle(std::span(order_));
  for (size_t start = 0; start < order_.size(); start += config_.batch_size) {
    if (context_.IsCancelled()) return {StatusCode::kCancelled, "training was cancelled"};
    const size_t count = std::min<size_t>(config_.batch_size, order_.size() - start);
    LLMEMBED_RETURN_IF_ERROR(RunBatch(std::span(order_).subspan(start, count)));
  }
  return {};
}

Status MlpTrainer::AddHeldOutScores() {
  const size_t block = std::max<size_t>(config_.batch_size, kMeasuredRows);
  const std::span<const uint32_t> all = data_.validation_rows;
  for (size_t start = 0; start < all.size(); start += block) {
    const auto rows = all.subspan(start, std::min(block, all.size() - start));
    LLMEMBED_ASSIGN_OR_RETURN(const auto features, Gather(rows));
    LLMEMBED_ASSIGN_OR_RETURN(const auto fused, parts_.fusion.Forward(features, rows.size(), {}));
    LLMEMBED_ASSIGN_OR_RETURN(const float* logits, parts_.mlp.Logits(fused, rows.size()));
    std::vector<uint32_t> labels;
    for (const uint32_t row : rows) labels.push_back(data_.labels[row]);
    LLMEMBED_RETURN_IF_ERROR(
        ops_->AddScores(labels, data_.classes, logits, parts_.sums.data() + kCorrectSum));
  }
  return {};
}

Result<TrainingLogEntry> MlpTrainer::TakeEntry(uint32_t epoch) {
  double sums[kSums];
  LLMEMBED_RETURN_IF_ERROR(ops_->TakeSums(parts_.sums.data(), sums));
  TrainingLogEntry entry;
  entry.epoch = epoch;
  entry.iterations = static_cast<uint32_t>(StepsPerEpoch());
  entry.training_loss = sums[kLossSum] / static_cast<double>(order_.size());
  if (!std::isfinite(entry.training_loss)) {
    return Status(StatusCode::kBadData, "the training loss is not a number after epoch " +
                                            std::to_string(epoch) +
                                            ": try a smaller learning rate");
  }
  entry.validation.rows = data_.validation_rows.size();
  if (entry.validation.rows == 0) return entry;
  const auto rows = static_cast<double>(entry.validation.rows);
  entry.validation.accuracy = sums[kCorrectSum] / rows;
  entry.validation.log_loss = sums[kLogLossSum] / rows;
  return entry;
}

Status MlpTrainer::KeepBest() {
  LLMEMBED_RETURN_IF_ERROR(parts_.best_fusion.Keep(ops_, parts_.fusion.parameters()));
  return parts_.best_mlp.Keep(ops_, parts_.mlp.parameters());
}

Result<Head> MlpTrainer::BestHead() {
  LLMEMBED_RETURN_IF_ERROR(parts_.best_mlp.Restore(ops_, parts_.mlp.parameters()));
  LLMEMBED_ASSIGN_OR_RETURN(Head head, parts_.mlp.ToHead());
  if (data_.network == nullptr) {
    head.layers.front() = standardizer_.FoldInto(head.layers.front());
    return head;
  }
  LLMEMBED_RETURN_IF_ERROR(parts_.best_fusion.Restore(ops_, parts_.fusion.parameters()));
  std::vector<float> parameters(parts_.fusion.parameters().size());
  LLMEMBED_RETURN_IF_ERROR(ops_->Download(parts_.fusion.parameters().data(), parameters));
  head.fusion = FusionStage{.network = *data_.network,
                            .parameters = std::move(parameters),
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
  LLMEMBED_ASSIGN_OR_RETURN(features_, ops_->OpenRows({data_.features, data_.width,
                                                       standardizer_.mean, standardizer_.scale}));
  TrainedHead trained;
  uint32_t best_epoch = 0;
  for (uint32_t epoch = 1; epoch <= config_.max_epochs; ++epoch) {
    LLMEMBED_RETURN_IF_ERROR(RunEpoch());
    LLMEMBED_RETURN_IF_ERROR(AddHeldOutScores());
    LLMEMBED_ASSIGN_OR_RETURN(const TrainingLogEntry entry, TakeEntry(epoch));
    trained.log.push_back(entry);
    if (best_epoch == 0 || data_.validation_rows.empty() ||
        IsBetter(entry.validation, trained.validation)) {
      best_epoch = epoch;
      trained.validation = entry.validation;
      LLMEMBED_RETURN_IF_ERROR(KeepBest());
    }
    const bool stops = config_.patience > 0 && epoch - best_epoch >= config_.patience;
    context_.Report({"training the head", "epochs", epoch, config_.max_epochs,
                     stops || epoch == config_.max_epochs});
    if (stops) break;
  }
  LLMEMBED_ASSIGN_OR_RETURN(trained.head, BestHead());
  trained.description = Describe(trained, best_epoch);
  return trained;
}

}  // namespace

Result<TrainedHead> TrainMlp(const HeadConfig& config, const TrainingData& data,
                             const Standardizer& standardizer, const MlpRun& run) {
  LLMEMBED_ASSIGN_OR_RETURN(Parts parts, Parts::Make(config.mlp, data, run));
  return MlpTrainer(config, data, standardizer, run, std::move(parts)).Run();
}

}  // namespace llmembed::head
