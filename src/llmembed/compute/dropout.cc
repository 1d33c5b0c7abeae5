#include "compute/dropout.h"

#include <algorithm>

#include "compute/cpu/rows/dropout_row.h"
#include "compute/parallel.h"

namespace llmembed::compute {
namespace {

constexpr size_t kPartValues = 1 << 14;  // that one thread takes at a time
constexpr size_t kPartColumns = 64;

size_t PartRows(const FloatRows& values) {
  return std::max<size_t>(1, kPartValues / std::max<size_t>(1, values.width));
}

}  // namespace

void BiasReluDropout(const float* bias, const Dropout& dropout, const FloatRows& values) {
  const bool drops = dropout.rate != 0.0;
  const cpu::RowDropout row_dropout{static_cast<uint64_t>(dropout.rate * 4294967296.0),
                                    dropout.kept_scale()};
  ParallelParts(values.rows, PartRows(values), [&](size_t begin, size_t end) {
    base::Random random = drops ? *dropout.random : base::Random(0);
    random.Skip(begin * values.width);  // to this part: the same numbers as from one thread
    for (size_t row = begin; row < end; ++row) {
      cpu::BiasReluDropoutRow(row_dropout, bias, values.width, &random, values.Row(row));
    }
  });
  if (drops) dropout.random->Skip(values.rows * values.width);
}

void ReluDropoutGradient(const Dropout& dropout, const float* results, const FloatRows& gradient) {
  const float scale = dropout.kept_scale();
  ParallelParts(gradient.rows, PartRows(gradient), [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      cpu::ReluDropoutGradientRow(scale, results + row * gradient.stride, gradient.width,
                                  gradient.Row(row));
    }
  });
}

void SumRows(const float* values, size_t rows, size_t stride, std::span<float> sums) {
  ParallelParts(sums.size(), kPartColumns, [&](size_t begin, size_t end) {
    std::fill(sums.begin() + begin, sums.begin() + end, 0.0F);
    for (size_t row = 0; row < rows; ++row) {
      const float* x = values + row * stride;
      for (size_t i = begin; i < end; ++i) sums[i] += x[i];
    }
  });
}

}  // namespace llmembed::compute
