#include "head/standardizer.h"

#include <cmath>

#include "compute/parallel.h"

namespace llmembed::head {
namespace {

// A feature that varies by less than this share of its mean is taken for constant: backbones
// computed in f32 on two machines differ by 1e-6 of a value, which the head would blow up to
// 1e-2 standard deviations.
constexpr double kSmallestVariation = 1e-4;

// Below this the reciprocal and its products leave the range of f32.
constexpr double kSmallestDeviation = 1e-30;

constexpr size_t kPartWidth = 512;  // features that one thread sums

}  // namespace

void Standardizer::RoundToF32() {
  for (double& value : mean) value = static_cast<float>(value);
  for (double& value : scale) value = static_cast<float>(value);
}

LinearLayer Standardizer::FoldInto(const LinearLayer& layer) const {
  LinearLayer folded = layer;
  for (uint64_t output = 0; output < layer.outputs; ++output) {
    double bias = layer.bias[output];
    for (uint64_t i = 0; i < layer.inputs; ++i) {
      float& weight = folded.weight[output * layer.inputs + i];
      weight = static_cast<float>(weight * scale[i]);
      // The rounded weight, so that the mean is taken off exactly as it will be added.
      bias -= weight * mean[i];
    }
    folded.bias[output] = static_cast<float>(bias);
  }
  return folded;
}

Standardizer NoStandardizer(uint64_t width) {
  return {std::vector<double>(width, 0.0), std::vector<double>(width, 1.0)};
}

Standardizer FitStandardizer(const TrainingData& data) {
  const uint64_t width = data.width;
  const std::vector<uint32_t> rows = data.ListedRows();
  const auto count = static_cast<double>(rows.size());
  Standardizer result{std::vector<double>(width, 0.0), std::vector<double>(width, 0.0)};
  std::vector<double> squares(width, 0.0);
  compute::ParallelParts(width, kPartWidth, [&](size_t begin, size_t end) {
    for (const uint32_t row : rows) {
      const std::span<const float> x = data.row(row);
      for (size_t i = begin; i < end; ++i) result.mean[i] += x[i];
    }
    for (size_t i = begin; i < end; ++i) result.mean[i] /= count;
    for (const uint32_t row : rows) {
      const std::span<const float> x = data.row(row);
      for (size_t i = begin; i < end; ++i) {
        const double difference = x[i] - result.mean[i];
        squares[i] += difference * difference;
      }
    }
  });
  for (uint64_t i = 0; i < width; ++i) {
    const double deviation = std::sqrt(squares[i] / count);
    const bool varies =
        deviation > kSmallestDeviation && deviation > kSmallestVariation * std::abs(result.mean[i]);
    result.scale[i] = varies ? 1.0 / deviation : 0.0;
  }
  return result;
}

}  // namespace llmembed::head
