#include "head/trained_head.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace llmembed::head {
namespace {

constexpr size_t kBlockRows = 1024;

}  // namespace

Result<ValidationMetrics> Validate(const Head& head, const TrainingData& data) {
  ValidationMetrics metrics;
  metrics.rows = data.validation_rows.size();
  if (metrics.rows == 0) return metrics;
  uint64_t correct = 0;
  std::vector<float> features;
  for (size_t start = 0; start < metrics.rows; start += kBlockRows) {
    const auto rows =
        data.validation_rows.subspan(start, std::min<size_t>(kBlockRows, metrics.rows - start));
    features.clear();
    for (const uint32_t row : rows) {
      features.insert(features.end(), data.row(row).begin(), data.row(row).end());
    }
    LLMEMBED_ASSIGN_OR_RETURN(const std::vector<float> probabilities, head.Probabilities(features));
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto row = std::span(probabilities).subspan(i * data.classes, data.classes);
      const uint32_t label = data.labels[rows[i]];
      correct += LargestScore(row) == label ? 1 : 0;
      metrics.log_loss -= std::log(std::max(row[label], std::numeric_limits<float>::epsilon()));
    }
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
