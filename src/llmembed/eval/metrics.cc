#include "eval/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/checked.h"

namespace llmembed::eval {
namespace {

constexpr double kNormalQuantile = 1.959963984540054;  // 97.5 %

double Ratio(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

Status CheckIndices(std::span<const uint32_t> indices, uint64_t limit, const char* what) {
  for (size_t row = 0; row < indices.size(); ++row) {
    if (indices[row] >= limit) {
      return Status(StatusCode::kInternal, "metrics: the " + std::string(what) + " label of row " +
                                               std::to_string(row) + " does not exist");
    }
  }
  return Status();
}

Status Check(const Predictions& predictions) {
  const uint64_t rows = predictions.truth.size();
  const bool fits =
      predictions.known_labels >= 1 && predictions.known_labels <= predictions.labels.size() &&
      predictions.predicted.size() == rows &&
      base::CheckedMul(rows, predictions.known_labels) == predictions.probabilities.size();
  if (!fits) {
    return Status(StatusCode::kInternal,
                  "metrics: labels, predictions and probabilities differ "
                  "in their numbers of rows or classes");
  }
  LLMEMBED_RETURN_IF_ERROR(CheckIndices(predictions.truth, predictions.labels.size(), "true"));
  return CheckIndices(predictions.predicted, predictions.known_labels, "predicted");
}

double LogLoss(const Predictions& predictions) {
  constexpr double kSmallest = std::numeric_limits<float>::epsilon();
  double sum = 0.0;
  for (size_t row = 0; row < predictions.truth.size(); ++row) {
    const uint64_t label = predictions.truth[row];
    const double probability =
        label < predictions.known_labels
            ? predictions.probabilities[row * predictions.known_labels + label]
            : 0.0;
    sum -= std::log(std::clamp(probability, kSmallest, 1.0 - kSmallest));
  }
  return sum / static_cast<double>(predictions.truth.size());
}

// From the confusion matrix.
std::vector<ClassMetrics> PerClass(const EvaluationReport& report,
                                   std::span<const std::string> labels) {
  std::vector<ClassMetrics> classes(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    classes[i].label = labels[i];
    for (size_t j = 0; j < labels.size(); ++j) {
      classes[i].support += report.confusion[i][j];
      classes[j].predicted += report.confusion[i][j];
    }
  }
  for (size_t i = 0; i < labels.size(); ++i) {
    const uint64_t hits = report.confusion[i][i];
    classes[i].precision = Ratio(hits, classes[i].predicted);
    classes[i].recall = Ratio(hits, classes[i].support);
    classes[i].f1 = Ratio(2 * hits, classes[i].support + classes[i].predicted);
  }
  return classes;
}

double MacroF1(std::span<const ClassMetrics> classes) {
  double sum = 0.0;
  uint64_t count = 0;
  for (const ClassMetrics& metrics : classes) {
    if (metrics.support + metrics.predicted == 0) continue;
    sum += metrics.f1;
    ++count;
  }
  return count == 0 ? 0.0 : sum / static_cast<double>(count);
}

}  // namespace

Interval WilsonInterval(uint64_t correct, uint64_t total) {
  if (total == 0) return {};
  const auto n = static_cast<double>(total);
  const double share = static_cast<double>(correct) / n;
  const double z2 = kNormalQuantile * kNormalQuantile;
  const double centre = share + z2 / (2.0 * n);
  const double half = kNormalQuantile * std::sqrt(share * (1.0 - share) / n + z2 / (4.0 * n * n));
  const double scale = 1.0 + z2 / n;
  // At the ends the formula gives 0 and 1, but for rounding.
  return {correct == 0 ? 0.0 : (centre - half) / scale,
          correct == total ? 1.0 : (centre + half) / scale};
}

Result<EvaluationReport> ComputeMetrics(const Predictions& predictions) {
  LLMEMBED_RETURN_IF_ERROR(Check(predictions));
  EvaluationReport report;
  const size_t labels = predictions.labels.size();
  report.confusion.assign(labels, std::vector<uint64_t>(labels, 0));
  for (size_t row = 0; row < predictions.truth.size(); ++row) {
    ++report.confusion[predictions.truth[row]][predictions.predicted[row]];
    report.correct += predictions.truth[row] == predictions.predicted[row] ? 1 : 0;
  }
  report.n = predictions.truth.size();
  report.classes = PerClass(report, predictions.labels);
  if (report.n == 0) return report;
  report.accuracy = Ratio(report.correct, report.n);
  const Interval interval = WilsonInterval(report.correct, report.n);
  report.accuracy_low = interval.low;
  report.accuracy_high = interval.high;
  report.macro_f1 = MacroF1(report.classes);
  report.log_loss = LogLoss(predictions);
  return report;
}

}  // namespace llmembed::eval
