// Dropout (Srivastava et al. 2014), inverted: what is kept is scaled up, so that nothing has to be
// done when it is off.
#pragma once

#include <cstddef>
#include <span>

#include "base/random.h"

namespace llmembed::compute {

// Each value is dropped with probability `rate`, at least 0 and less than 1.
struct Dropout {
  double rate = 0.0;
  base::Random* random = nullptr;  // may be null when the rate is 0

  float kept_scale() const { return static_cast<float>(1.0 / (1.0 - rate)); }
};

// Rows of `width` values, each `stride` values behind the one before.
struct FloatRows {
  float* data = nullptr;
  size_t rows = 0;
  size_t width = 0;
  size_t stride = 0;

  float* Row(size_t row) const { return data + row * stride; }
};

// max(0, value + bias), then dropout, of each value, a number drawn for each, row by row: positive
// exactly where both let it through. `bias` is as long as a row. Shared among OpenMP's threads, as
// are those below; the result does not depend on how many.
void BiasReluDropout(const float* bias, const Dropout& dropout, const FloatRows& values);

// The gradient of BiasReluDropout: `gradient`, of its results, becomes that of its inputs. Rows of
// `results` are gradient.stride apart as well.
void ReluDropoutGradient(const Dropout& dropout, const float* results, const FloatRows& gradient);

// sums[i] = the sum of values[row][i] over the rows, in their order; rows of sums.size() values,
// each `stride` behind the one before.
void SumRows(const float* values, size_t rows, size_t stride, std::span<float> sums);

}  // namespace llmembed::compute
