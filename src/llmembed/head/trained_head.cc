#include "head/trained_head.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/parallel.h"

namespace llmembed::head {
namespace {

constexpr size_t kBlockRows = 256;  // that one thread measures at a time

struct Tally {
  uint64_t correct = 0;
  double log_loss = 0.0;
};

// Of some rows of `data`, on the calling thread.
Result<Tally> Measure(const Head& head, const TrainingData& data, std::span<const uint32_t> rows) {
  std::vector<float> features;
  for (const uint32_t row : rows) {
    features.insert(features.end(), data.row(row).begin(), data.row(row).end());
  }
  LLMEMBED_ASSIGN_OR_RETURN(const std::vector<float> probabilities, head.Probabilities(features));
  Tally tally;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto row = std::span(probabilities).subspan(i * data.classes, data.classes);
    const uint32_t label = data.labels[rows[i]];
    tally.correct += LargestScore(row) == label ? 1 : 0;
    tally.log_loss -= std::log(std::max(row[label], std::numeric_limits<float>::epsilon()));
  }
  return tally;
}

}  // namespace

Result<ValidationMetrics> Validate(const Head& head, const TrainingData& data) {
  ValidationMetrics metrics;
  metrics.rows = data.validation_rows.size();
  if (metrics.rows == 0) return metrics;
  std::vector<Result<Tally>> parts((metrics.rows + kBlockRows - 1) / kBlockRows, Tally());
  compute::ParallelParts(metrics.rows, kBlockRows, [&](size_t begin, size_t end) {
    parts[begin / kBlockRows] =
        Measure(head, data, data.validation_rows.subspan(begin, end - begin));
  });
  uint64_t correct = 0;
  for (const Result<Tally>& part : parts) {
    if (!part.ok()) return part.status();
    correct += part->correct;
    metrics.log_loss += part->log_loss;
  }
  const auto count = static_cast<double>(metrics.rows);
  metrics.accuracy = static_cast<double>(correct) / count;
  metrics.log_loss /= count;
  return metrics;
}

bool IsBetter(const ValidationMetrics& a, const ValidationMetrics& b) {
  if (a.log_loss != b.log_loss) return a.log_loss < b.log_loss;
  return a.accuracy > b.accuracy;
}

std::string HeldOutRows(uint64_t rows) {
  std::string digits = std::to_string(rows);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits + (rows == 1 ? " held-out row" : " held-out rows");
}

}  // namespace llmembed::head
