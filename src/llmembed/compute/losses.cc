#include "compute/losses.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace llmembed::compute {
namespace {

// One row of SoftmaxCrossEntropy with weight 1.
double SoftmaxRowLoss(uint32_t label, double smoothing, std::span<float> row) {
  const float largest = *std::max_element(row.begin(), row.end());
  const double shifted_label = row[label] - largest;
  double shifted_mean = 0.0;
  double sum = 0.0;
  for (float& logit : row) {
    const float shifted = logit - largest;
    shifted_mean += shifted;
    logit = std::exp(shifted);
    sum += logit;
  }
  const auto classes = static_cast<double>(row.size());
  shifted_mean /= classes;
  const auto scale = static_cast<float>(1.0 / sum);
  const auto spread = static_cast<float>(smoothing / classes);
  for (float& logit : row) logit = logit * scale - spread;
  row[label] -= static_cast<float>(1.0 - smoothing);
  return std::log(sum) - (1.0 - smoothing) * shifted_label - smoothing * shifted_mean;
}

}  // namespace

double SoftmaxCrossEntropy(const LossTargets& targets, uint64_t classes, std::span<float> logits) {
  double loss = 0.0;
  for (size_t i = 0; i < targets.labels.size(); ++i) {
    const std::span<float> row = logits.subspan(i * classes, classes);
    const float weight = targets.weights[i];
    if (weight == 0.0F) {
      std::fill(row.begin(), row.end(), 0.0F);
      continue;
    }
    loss += weight * SoftmaxRowLoss(targets.labels[i], targets.label_smoothing, row);
    if (weight == 1.0F) continue;
    for (float& gradient : row) gradient *= weight;
  }
  return loss;
}

double DoubleSoftmaxCrossEntropy(const LossTargets& targets, uint64_t classes,
                                 std::span<float> logits) {
  SoftmaxRows(logits, classes);
  const std::vector<float> probabilities(logits.begin(), logits.end());
  const double loss = SoftmaxCrossEntropy(targets, classes, logits);
  // From d loss / d p to d loss / d z, p = softmax(z): p_i (d_i - sum_j p_j d_j).
  for (size_t start = 0; start + classes <= logits.size(); start += classes) {
    const float* p = probabilities.data() + start;
    float* gradient = logits.data() + start;
    double mean = 0.0;
    for (size_t i = 0; i < classes; ++i) mean += p[i] * gradient[i];
    for (size_t i = 0; i < classes; ++i) {
      gradient[i] = p[i] * (gradient[i] - static_cast<float>(mean));
    }
  }
  return loss;
}

double BinaryCrossEntropy(const LossTargets& targets, std::span<float> logits) {
  double loss = 0.0;
  for (size_t i = 0; i < targets.labels.size(); ++i) {
    const double weight = targets.weights[i];
    if (weight == 0.0) {
      logits[i] = 0.0F;
      continue;
    }
    // exp(-|z|) cannot overflow, whichever side of the boundary the row is on.
    const double logit = logits[i];
    const double tail = std::exp(-std::abs(logit));
    const double probability = (logit >= 0.0 ? 1.0 : tail) / (1.0 + tail);
    const double target =
        targets.labels[i] == 1 ? 1.0 - targets.label_smoothing / 2 : targets.label_smoothing / 2;
    loss += weight * (std::log1p(tail) + std::max(logit, 0.0) - target * logit);
    logits[i] = static_cast<float>(weight * (probability - target));
  }
  return loss;
}

void SoftmaxRows(std::span<float> logits, uint64_t classes) {
  for (size_t start = 0; start + classes <= logits.size(); start += classes) {
    const std::span<float> row = logits.subspan(start, classes);
    const float largest = *std::max_element(row.begin(), row.end());
    double sum = 0.0;
    for (float& value : row) {
      value = std::exp(value - largest);
      sum += value;
    }
    const auto scale = static_cast<float>(1.0 / sum);
    for (float& value : row) value *= scale;
  }
}

uint32_t LargestScore(std::span<const float> scores) {
  return static_cast<uint32_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

}  // namespace llmembed::compute
