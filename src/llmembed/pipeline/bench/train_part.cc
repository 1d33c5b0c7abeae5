// Training of heads on vectors made up for it: how many rows a second, and at what rate.
#include <algorithm>
#include <numeric>

#include "base/random.h"
#include "head/trainer.h"
#include "pipeline/bench/parts.h"
#include "pipeline/bench/training_flops.h"

namespace llmembed::pipeline {
namespace {

// As the recipes have them: logistic regression on a small backbone's layers side by side; the
// paper's network on what its fusions come to, in its batches.
struct TrainingSize {
  const char* head;
  head::HeadKind kind;
  uint64_t rows, features;
  uint32_t classes;
};
constexpr TrainingSize kTrainings[] = {
    {"logistic regression", head::HeadKind::kLogisticRegression, 8'192, 1'152, 2},
    {"MLP 1024, 256", head::HeadKind::kMlp, 4'096, 4'096, 2}};
const std::vector<uint32_t> kHidden = {1024, 256};
constexpr uint32_t kBatchRows = 1024;

// Vectors of noise in which each class has a direction of its own.
struct MadeVectors {
  explicit MadeVectors(const TrainingSize& size)
      : features(size.rows * size.features), labels(size.rows), rows(size.rows) {
    base::Random random(1);
    for (uint64_t row = 0; row < size.rows; ++row) {
      labels[row] = random.Below(size.classes);
      float* vector = features.data() + row * size.features;
      for (uint64_t i = 0; i < size.features; ++i) {
        const bool is_own = i % size.classes == labels[row];
        vector[i] = static_cast<float>(2.0 * random.Uniform() - 1.0) + (is_own ? 0.02F : 0.0F);
      }
    }
    std::iota(rows.begin(), rows.end(), 0U);
  }

  std::vector<float> features;
  std::vector<uint32_t> labels;
  std::vector<uint32_t> rows;
};

head::HeadConfig ConfigOf(const TrainingSize& size) {
  head::HeadConfig config;
  config.kind = size.kind;
  config.held_out_share = 0.0;
  config.logistic_regression.c_values = {1.0};
  config.logistic_regression.max_iterations = 20;
  config.mlp.hidden_sizes = kHidden;
  config.mlp.dropout = 0.5;
  config.mlp.batch_size = kBatchRows;
  config.mlp.max_epochs = 1;
  return config;
}

double FlopsARow(const TrainingSize& size) {
  return size.kind == head::HeadKind::kMlp ? MlpFlops(size.features, kHidden, size.classes)
                                           : LogisticFlops(size.features, size.classes);
}

// Passes over the rows that a training made: epochs, or iterations.
uint64_t PassesOf(const head::TrainedHead& trained, head::HeadKind kind) {
  if (kind == head::HeadKind::kMlp) return trained.log.size();
  uint64_t passes = 0;
  for (const head::TrainingLogEntry& entry : trained.log) passes += entry.iterations;
  return std::max<uint64_t>(passes, 1);
}

Status MeasureTrainingOf(const TrainingSize& size, Meter* meter, BenchReport* report) {
  const MadeVectors vectors(size);
  const head::HeadConfig config = ConfigOf(size);
  const head::TrainingData data{.features = vectors.features,
                                .labels = vectors.labels,
                                .width = size.features,
                                .classes = size.classes,
                                .fit_rows = vectors.rows,
                                .validation_rows = {}};
  RunContext quiet = meter->context();  // its epochs are not what the user waits for
  quiet.observer = nullptr;
  quiet.device = "cpu";
  quiet.threads = meter->pool()->size();
  uint64_t passes = 1;
  LLMEMBED_ASSIGN_OR_RETURN(const BenchRate rate, meter->Measure([&](size_t times) -> Status {
    for (size_t i = 0; i < times; ++i) {
      LLMEMBED_ASSIGN_OR_RETURN(const auto trained, head::TrainHead(config, data, 1, quiet));
      passes = PassesOf(trained, size.kind);
    }
    return {};
  }));
  BenchTraining training{.head = size.head,
                         .rows = size.rows,
                         .features = size.features,
                         .classes = size.classes,
                         .rows_per_second = {}};
  training.rows_per_second = Scaled(rate, static_cast<double>(passes * size.rows));
  training.seconds_per_epoch = static_cast<double>(size.rows) / training.rows_per_second.median;
  training.gflops = training.rows_per_second.median * FlopsARow(size) * 1e-9;
  if (const BenchPeak* peak = PeakOf(*report, "f32")) {
    training.share_of_peak = training.gflops / peak->best.gflops.median;
  }
  report->trainings.push_back(std::move(training));
  return {};
}

}  // namespace

double MlpFlops(uint64_t features, std::span<const uint32_t> hidden, uint32_t classes) {
  double flops = 0.0;
  auto inputs = static_cast<double>(features);
  for (size_t layer = 0; layer <= hidden.size(); ++layer) {
    const double outputs = layer < hidden.size() ? hidden[layer] : classes;
    // Forward, the weights' gradient, and but for the first layer that of its inputs.
    flops += (layer == 0 ? 4.0 : 6.0) * inputs * outputs;
    inputs = outputs;
  }
  return flops;
}

double LogisticFlops(uint64_t features, uint32_t classes) {
  const uint32_t scores = classes == 2 ? 1 : classes;
  return 4.0 * static_cast<double>(features) * scores;
}

Status MeasureTraining(Meter* meter, BenchReport* report) {
  Progress progress{.stage = "training", .unit = "heads", .total = std::size(kTrainings)};
  for (const TrainingSize& size : kTrainings) {
    LLMEMBED_RETURN_IF_ERROR(MeasureTrainingOf(size, meter, report));
    ++progress.done;
    progress.finished = progress.done == progress.total;
    meter->context().Report(progress);
  }
  return {};
}

}  // namespace llmembed::pipeline
