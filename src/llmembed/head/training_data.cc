#include "head/training_data.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/checked.h"
#include "compute/parallel.h"

namespace llmembed::head {
namespace {

Status Inconsistent(const std::string& what) {
  return Status(StatusCode::kInternal, "training data: " + what);
}

Status CheckLabels(const TrainingData& data) {
  for (uint64_t row = 0; row < data.rows(); ++row) {
    if (data.labels[row] >= data.classes) {
      return Inconsistent("the label of row " + std::to_string(row) + " is " +
                          std::to_string(data.labels[row]) + " of " + std::to_string(data.classes));
    }
  }
  return Status();
}

Status CheckSplit(const TrainingData& data) {
  std::vector<bool> seen_row(data.rows(), false);
  std::vector<bool> seen_class(data.classes, false);
  for (const uint32_t row : data.ListedRows()) {
    if (row >= data.rows() || seen_row[row]) {
      return Inconsistent("row " + std::to_string(row) + " is listed twice or does not exist");
    }
    seen_row[row] = true;
    seen_class[data.labels[row]] = true;
  }
  if (data.fit_rows.empty()) return Status(StatusCode::kBadData, "no row is left to train on");
  const auto classes_with_rows = std::count(seen_class.begin(), seen_class.end(), true);
  if (classes_with_rows < 2) {
    return Status(StatusCode::kBadData, "a classifier needs texts of at least two labels, not " +
                                            std::to_string(classes_with_rows));
  }
  return Status();
}

// Rows without weight too: in a sum, 0 times infinity is no number.
Status CheckFeatures(const TrainingData& data) {
  std::vector<char> is_bad(data.rows(), 0);
  compute::ParallelParts(data.rows(), 256, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      const std::span<const float> x = data.row(row);
      is_bad[row] =
          std::ranges::all_of(x, [](float value) { return std::isfinite(value); }) ? 0 : 1;
    }
  });
  const auto bad_row = std::ranges::find(is_bad, 1);
  if (bad_row == is_bad.end()) return Status();
  const auto row = static_cast<uint64_t>(bad_row - is_bad.begin());
  const std::span<const float> x = data.row(row);
  const auto bad = std::ranges::find_if(x, [](float value) { return !std::isfinite(value); });
  return Status(StatusCode::kBadData, "the vector of row " + std::to_string(row) +
                                          " is not finite (feature " +
                                          std::to_string(bad - x.begin()) + ")");
}

}  // namespace

Status CheckTrainingData(const TrainingData& data) {
  if (data.rows() > std::numeric_limits<uint32_t>::max()) {
    return Status(StatusCode::kUnsupported, "more than 4,294,967,295 rows to train on");
  }
  if (data.width == 0 || data.width > std::numeric_limits<uint32_t>::max() ||
      base::CheckedMul(data.rows(), data.width) != data.features.size()) {
    return Inconsistent(std::to_string(data.features.size()) + " feature values for " +
                        std::to_string(data.rows()) + " rows of " + std::to_string(data.width));
  }
  if (data.network != nullptr && data.network->inputs() != data.width) {
    return Inconsistent("rows of " + std::to_string(data.width) + " features for a fusion of " +
                        std::to_string(data.network->inputs()));
  }
  LLMEMBED_RETURN_IF_ERROR(CheckLabels(data));
  LLMEMBED_RETURN_IF_ERROR(CheckSplit(data));
  return CheckFeatures(data);
}

std::vector<uint32_t> TrainingData::ListedRows() const {
  std::vector<uint32_t> rows(fit_rows.begin(), fit_rows.end());
  rows.insert(rows.end(), validation_rows.begin(), validation_rows.end());
  return rows;
}

std::vector<float> RowWeights(const TrainingData& data, std::span<const uint32_t> rows,
                              ClassWeighting weighting) {
  std::vector<uint64_t> counts(data.classes, 0);
  for (const uint32_t row : rows) ++counts[data.labels[row]];
  const auto present = static_cast<double>(
      std::count_if(counts.begin(), counts.end(), [](uint64_t count) { return count > 0; }));

  std::vector<float> weights(data.rows(), 0.0F);
  for (const uint32_t row : rows) {
    const double balanced = static_cast<double>(rows.size()) /
                            (present * static_cast<double>(counts[data.labels[row]]));
    weights[row] = weighting == ClassWeighting::kBalanced ? static_cast<float>(balanced) : 1.0F;
  }
  return weights;
}

}  // namespace llmembed::head
