#include "compute/dropout.h"

#include <algorithm>

#include "compute/parallel.h"

namespace llmembed::compute {
namespace {

constexpr size_t kPartValues = 1 << 14;  // that one thread takes at a time
constexpr size_t kPartColumns = 64;

size_t PartRows(const FloatRows& values) {
  return std::max<size_t>(1, kPartValues / std::max<size_t>(1, values.width));
}

}  // namespace

void ReluDropout(const Dropout& dropout, const FloatRows& values) {
  if (dropout.rate == 0.0) {
    ParallelParts(values.rows, PartRows(values), [&](size_t begin, size_t end) {
      for (size_t row = begin; row < end; ++row) {
        float* x = values.Row(row);
        for (size_t i = 0; i < values.width; ++i) x[i] = std::max(x[i], 0.0F);
      }
    });
    return;
  }
  const auto dropped_below = static_cast<uint32_t>(dropout.rate * 4294967296.0);
  const float scale = dropout.kept_scale();
  ParallelParts(values.rows, PartRows(values), [&](size_t begin, size_t end) {
    base::Random random = *dropout.random;  // of this part: the same numbers as from one thread
    random.Skip(begin * values.width);
    for (size_t row = begin; row < end; ++row) {
      float* x = values.Row(row);
      for (size_t i = 0; i < values.width; ++i) {
        const float kept = random.Next() < dropped_below ? 0.0F : scale;
        x[i] = std::max(x[i], 0.0F) * kept;
      }
    }
  });
  dropout.random->Skip(values.rows * values.width);
}

void ReluDropoutGradient(const Dropout& dropout, const float* results, const FloatRows& gradient) {
  const float scale = dropout.kept_scale();
  ParallelParts(gradient.rows, PartRows(gradient), [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      const float* result = results + row * gradient.stride;
      float* slope = gradient.Row(row);
      for (size_t i = 0; i < gradient.width; ++i) {
        slope[i] = result[i] > 0.0F ? slope[i] * scale : 0.0F;
      }
    }
  });
}

void SumRows(const FloatRows& values, std::span<float> sums) {
  ParallelParts(values.width, kPartColumns, [&](size_t begin, size_t end) {
    std::fill(sums.begin() + begin, sums.begin() + end, 0.0F);
    for (size_t row = 0; row < values.rows; ++row) {
      const float* x = values.Row(row);
      for (size_t i = begin; i < end; ++i) sums[i] += x[i];
    }
  });
}

}  // namespace llmembed::compute
