#include "training.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>

#include "compute/cuda/plugin.h"
#include "compute/op_cases/row_ops_check.h"
#include "fusion/presets.h"
#include "head/mlp_trainer.h"
#include "head/standardizer.h"
#include "planted_vectors.h"

namespace llmembed::gpu {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// When each epoch was over.
class EpochClock : public Observer {
 public:
  void OnLog(LogLevel, std::string_view) override {}
  void OnProgress(const Progress&) override { ends.push_back(SecondsSince(begin_)); }
  std::vector<double> ends;

 private:
  Clock::time_point begin_ = Clock::now();
};

// Labelled rows of one fusion; the last share of them is held out.
class Problem {
 public:
  // `divisor`: of the paper's widths.
  static Result<Problem> Make(const std::string& preset, size_t rows, size_t divisor) {
    Problem problem;
    const auto* found = fusion::FindPreset(preset);
    if (found == nullptr) return Status(StatusCode::kUsage, preset + ": no such preset");
    LLMEMBED_ASSIGN_OR_RETURN(auto expression, fusion::Expression::Parse(found->expression));
    std::vector<size_t> widths = benchmarks::TapWidths(expression);
    for (size_t& width : widths) width /= divisor;
    LLMEMBED_ASSIGN_OR_RETURN(auto network, fusion::Network::Create(expression, widths));
    const benchmarks::PlantedVectors vectors(1, kClasses);
    const bool is_trained = expression.IsTrained();
    problem.width_ = is_trained ? network.inputs() : network.width();
    problem.features_.resize(rows * problem.width_);
    LLMEMBED_RETURN_IF_ERROR(
        benchmarks::MakeFeatures(vectors, expression, widths, rows, problem.features_));
    for (size_t row = 0; row < rows; ++row) problem.labels_.push_back(vectors.Label(row));
    problem.rows_.resize(rows);
    std::iota(problem.rows_.begin(), problem.rows_.end(), 0U);
    if (is_trained) problem.network_ = std::make_unique<fusion::Network>(std::move(network));
    return problem;
  }

  head::TrainingData data() const {
    const size_t fit = rows_.size() - rows_.size() * 15 / 100;
    return {.features = features_,
            .labels = labels_,
            .width = width_,
            .classes = kClasses,
            .fit_rows = std::span(rows_).first(fit),
            .validation_rows = std::span(rows_).subspan(fit),
            .network = network_.get()};
  }
  size_t width() const { return width_; }

 private:
  static constexpr uint32_t kClasses = 2;
  std::vector<float> features_;
  std::vector<uint32_t> labels_, rows_;
  size_t width_ = 0;
  std::unique_ptr<fusion::Network> network_;
};

head::HeadConfig PaperConfig() {
  head::HeadConfig config;
  config.kind = head::HeadKind::kMlp;
  config.mlp.hidden_sizes = {1024, 256};
  config.mlp.dropout = 0.5;
  config.mlp.batch_size = 1024;
  config.mlp.patience = 0;
  return config;
}

Result<head::TrainedHead> Train(const head::HeadConfig& config, const Problem& problem,
                                compute::RowOps* ops, Observer* observer = nullptr) {
  const head::TrainingData data = problem.data();
  head::Standardizer standardizer = head::FitStandardizer(data);
  if (data.network != nullptr) standardizer.RoundToF32();
  RunContext context;
  context.observer = observer;
  return head::TrainMlp(config, data, standardizer, {1, context, ops});
}

// The largest |a - b| over the largest |b|.
double Apart(std::span<const float> a, std::span<const float> b) {
  double difference = 0.0;
  double largest = 1e-9;
  for (size_t i = 0; i < a.size(); ++i) {
    difference = std::isfinite(a[i]) ? std::max(difference, std::abs(double{a[i]} - b[i])) : 1e9;
    largest = std::max(largest, std::abs(double{b[i]}));
  }
  return difference / largest;
}

// What the fusion of a trained head makes of the held-out rows; nothing when it has none.
Result<std::vector<float>> FusedVectors(const head::Head& head, std::span<const float> features) {
  if (!head.fusion) return std::vector<float>();
  const size_t rows = features.size() / head.fusion->network.inputs();
  std::vector<float> fused(rows * head.fusion->network.width());
  LLMEMBED_RETURN_IF_ERROR(head.fusion->network.Forward(
      {compute::CpuRowOps(compute::GemmThreads::kAll), head.fusion->parameters, features, rows},
      nullptr, fused));
  return fused;
}

Status ComparePreset(const std::string& preset, const head::HeadConfig& config,
                     const Problem& problem) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto ops, compute::cuda::MakeRowOps(0));
  const auto plain = compute::MakeReferenceRowOps();
  LLMEMBED_ASSIGN_OR_RETURN(const auto found, Train(config, problem, ops.get()));
  LLMEMBED_ASSIGN_OR_RETURN(const auto again, Train(config, problem, ops.get()));
  LLMEMBED_ASSIGN_OR_RETURN(const auto expected, Train(config, problem, plain.get()));
  double losses = 0.0;
  double held_out = 0.0;
  for (size_t i = 0; i < expected.log.size(); ++i) {
    const head::TrainingLogEntry& a = found.log[i];
    const head::TrainingLogEntry& b = expected.log[i];
    losses = std::max(losses, std::abs(a.training_loss / b.training_loss - 1.0));
    held_out = std::max(held_out, std::abs(a.validation.log_loss / b.validation.log_loss - 1.0));
  }
  const head::TrainingData data = problem.data();
  const auto features = data.features.last(data.validation_rows.size() * data.width);
  LLMEMBED_ASSIGN_OR_RETURN(const auto logits, found.head.Logits(features));
  LLMEMBED_ASSIGN_OR_RETURN(const auto again_logits, again.head.Logits(features));
  LLMEMBED_ASSIGN_OR_RETURN(const auto plain_logits, expected.head.Logits(features));
  LLMEMBED_ASSIGN_OR_RETURN(const auto fused, FusedVectors(found.head, features));
  LLMEMBED_ASSIGN_OR_RETURN(const auto plain_fused, FusedVectors(expected.head, features));
  std::printf(
      "{\"preset\": \"%s\", \"width\": %zu, \"steps\": %zu, \"loss\": %.3g, \"held_out_loss\": "
      "%.3g, \"logits\": %.3g, \"fused\": %.3g, \"same_again\": %s}\n",
      preset.c_str(), problem.width(), expected.log.size() * expected.log[0].iterations, losses,
      held_out, Apart(logits, plain_logits), Apart(fused, plain_fused),
      logits == again_logits ? "true" : "false");
  std::fflush(stdout);
  return {};
}

}  // namespace

Status CheckRows() {
  LLMEMBED_ASSIGN_OR_RETURN(const auto ops, compute::cuda::MakeRowOps(0));
  const auto reference = compute::MakeReferenceRowOps();
  LLMEMBED_ASSIGN_OR_RETURN(const auto cases, compute::CheckRowOps(ops.get(), reference.get()));
  size_t failed = 0;
  std::string said;
  for (const compute::CheckedCase& one : cases) {
    if (one.ok()) continue;
    ++failed;
    said += "FAILED " + one.name + ": " + std::to_string(one.difference) + ", at most " +
            std::to_string(one.bar) + "\\n";  // as JSON spells a new line
  }
  std::printf("{\"cases\": %zu, \"failed\": %zu, \"said\": \"%s\"}\n", cases.size(), failed,
              said.c_str());
  return {};
}

Status CompareTraining(bool is_full, const std::vector<std::string>& presets) {
  head::HeadConfig config = PaperConfig();
  if (is_full) {
    config.mlp.batch_size = 256;
    config.mlp.max_epochs = 1;
  } else {
    config.mlp.hidden_sizes = {48, 16};
    config.mlp.batch_size = 64;
    config.mlp.max_epochs = 5;
  }
  for (const std::string& preset : presets) {
    LLMEMBED_ASSIGN_OR_RETURN(const Problem problem, Problem::Make(preset, 600, is_full ? 1 : 32));
    LLMEMBED_RETURN_IF_ERROR(ComparePreset(preset, config, problem));
  }
  return {};
}

Status TimeTraining(size_t rows, uint32_t epochs, const std::vector<std::string>& presets) {
  head::HeadConfig config = PaperConfig();
  config.mlp.max_epochs = epochs;
  for (const std::string& preset : presets) {
    LLMEMBED_ASSIGN_OR_RETURN(const Problem problem, Problem::Make(preset, rows, 1));
    const Clock::time_point before = Clock::now();
    const head::TrainingData data = problem.data();
    head::Standardizer standardizer = head::FitStandardizer(data);
    if (data.network != nullptr) standardizer.RoundToF32();
    const double standardized = SecondsSince(before);
    const Clock::time_point begin = Clock::now();
    LLMEMBED_ASSIGN_OR_RETURN(const auto ops, compute::cuda::MakeRowOps(0));
    EpochClock clock;
    RunContext context;
    context.observer = &clock;
    LLMEMBED_ASSIGN_OR_RETURN(const auto trained,
                              head::TrainMlp(config, data, standardizer, {1, context, ops.get()}));
    const double seconds = SecondsSince(begin);
    const double epoch = (clock.ends.back() - clock.ends.front()) / (clock.ends.size() - 1.0);
    std::printf(
        "{\"preset\": \"%s\", \"width\": %zu, \"rows\": %zu, \"epochs\": %zu, \"seconds\": %.3f, "
        "\"epoch_seconds\": %.4f, \"before_second_epoch\": %.3f, \"fit_means_seconds\": %.3f, "
        "\"accuracy\": %.4f}\n",
        preset.c_str(), problem.width(), rows, trained.log.size(), seconds, epoch,
        clock.ends.front(), standardized, trained.validation.accuracy);
    std::fflush(stdout);
  }
  return {};
}

}  // namespace llmembed::gpu
