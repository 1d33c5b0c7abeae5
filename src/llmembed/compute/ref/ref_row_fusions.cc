// The fusions' part of the plain loops.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "compute/ref/ref_row_ops.h"

namespace llmembed::compute::ref {
namespace {

constexpr size_t kFusedRows = 16;        // that one thread takes at a time
constexpr size_t kCoRows = 64;           // likewise, of a pooling
constexpr float kSmallestNorm = 1e-12F;  // below it a vector counts as 0

// A strip at a time, so that the sums stay in the L1 cache and the loop over a strip is vectorised.
void AverageRow(std::span<const RowBlock<const float>> arguments, size_t row,
                std::span<float> result) {
  constexpr size_t kStrip = 256;
  const double count = static_cast<double>(arguments.size());
  for (size_t begin = 0; begin < result.size(); begin += kStrip) {
    const size_t length = std::min(kStrip, result.size() - begin);
    std::array<double, kStrip> sums{};
    for (const RowBlock<const float>& argument : arguments) {
      const float* values = argument.Row(row).data() + begin;
      for (size_t i = 0; i < length; ++i) sums[i] += values[i];
    }
    for (size_t i = 0; i < length; ++i) result[begin + i] = static_cast<float>(sums[i] / count);
  }
}

void MaximumRow(std::span<const RowBlock<const float>> arguments, size_t row,
                std::span<float> result) {
  std::ranges::copy(arguments.front().Row(row), result.begin());
  for (const RowBlock<const float>& argument : arguments.subspan(1)) {
    const std::span<const float> values = argument.Row(row);
    for (size_t i = 0; i < result.size(); ++i) result[i] = std::max(result[i], values[i]);
  }
}

// Sixteen sums side by side, which compilers vectorise; their order is fixed.
float Dot(const float* a, const float* b, size_t count) {
  constexpr size_t kLanes = 16;
  std::array<float, kLanes> sums{};
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (size_t lane = 0; i < count; ++i, ++lane) sums[lane] += a[i] * b[i];
  float sum = 0.0F;
  for (const float lane : sums) sum += lane;
  return sum;
}

void NormaliseRow(const CoOccurrence& co, float* x, float* inverse_lengths) {
  for (size_t i = 0; i < co.vectors; ++i) {
    float* vector = x + i * co.width;
    const float norm = std::sqrt(Dot(vector, vector, co.width));
    inverse_lengths[i] = norm > kSmallestNorm ? 1.0F / norm : 0.0F;
    for (size_t k = 0; k < co.width; ++k) vector[k] *= inverse_lengths[i];
  }
}

// PN as the paper's code has it, 2 sigmoid(sigma g) - 1, rounded as there: a product so large that
// nothing of its slope is left in f32 has none in training either (Adam makes much of the least).
float Sigmoid(float x) { return 1.0F / (1.0F + std::exp(-x)); }

void PoolRow(const CoOccurrence& co, float slope, const float* x, float* products,
             std::span<float> result) {
  size_t entry = 0;
  for (size_t i = 0; i < co.vectors; ++i) {
    for (size_t j = co.is_upper ? i : 0; j < co.vectors; ++j, ++entry) {
      products[entry] = Dot(x + i * co.width, x + j * co.width, co.width);
      result[entry] = 2.0F * Sigmoid(slope * products[entry]) - 1.0F;
    }
  }
}

// x = z / |z|: dz = (dx - x (x . dx)) / |z|.
void UndoNormalisation(const CoOccurrence& co, const float* x, const float* inverse_lengths,
                       float* of_x) {
  for (size_t i = 0; i < co.vectors; ++i) {
    const float* vector = x + i * co.width;
    float* gradient = of_x + i * co.width;
    const float along = Dot(vector, gradient, co.width);
    for (size_t k = 0; k < co.width; ++k) {
      gradient[k] = (gradient[k] - along * vector[k]) * inverse_lengths[i];
    }
  }
}

// One row's gradient back to X as it was multiplied; returns that of the slope.
// With g = x_i . x_j and s = sigmoid(sigma g): dPN/dg = 2 sigma s (1 - s), dPN/dsigma = 2 g s (1 -
// s).
double BackwardRow(const CoOccurrence& co, float slope, const float* x, const float* products,
                   std::span<const float> of_result, float* of_x) {
  double of_slope = 0.0;
  size_t entry = 0;
  std::fill_n(of_x, co.vectors * co.width, 0.0F);
  for (size_t i = 0; i < co.vectors; ++i) {
    for (size_t j = co.is_upper ? i : 0; j < co.vectors; ++j, ++entry) {
      const float s = Sigmoid(slope * products[entry]);
      const float of_argument = of_result[entry] * 2.0F * s * (1.0F - s);
      const float* x_i = x + i * co.width;
      const float* x_j = x + j * co.width;
      of_slope += of_argument * products[entry];
      const float of_product = of_argument * slope;
      float* of_i = of_x + i * co.width;
      float* of_j = of_x + j * co.width;
      for (size_t k = 0; k < co.width; ++k) of_i[k] += of_product * x_j[k];
      for (size_t k = 0; k < co.width; ++k) of_j[k] += of_product * x_i[k];
    }
  }
  return of_slope;
}

float SlopeOf(const CoOccurrence& co) {
  return co.learned_slope != nullptr ? *co.learned_slope : co.slope;
}

}  // namespace

Status HostRowOps::CopyRows(RowBlock<const float> from, size_t rows, RowBlock<float> to) {
  Parts(rows, kFusedRows, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      std::ranges::copy(from.Row(row), to.Row(row).begin());
    }
  });
  return {};
}

Status HostRowOps::AddRows(RowBlock<const float> from, float factor, size_t rows,
                           RowBlock<float> to) {
  Parts(rows, kFusedRows, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      const std::span<const float> values = from.Row(row);
      const std::span<float> sums = to.Row(row);
      for (size_t i = 0; i < values.size(); ++i) sums[i] += values[i] * factor;
    }
  });
  return {};
}

Status HostRowOps::Average(std::span<const RowBlock<const float>> arguments, size_t rows,
                           RowBlock<float> result) {
  Parts(rows, kFusedRows, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) AverageRow(arguments, row, result.Row(row));
  });
  return {};
}

Status HostRowOps::Maximum(std::span<const RowBlock<const float>> arguments, size_t rows,
                           RowBlock<float> result) {
  Parts(rows, kFusedRows, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) MaximumRow(arguments, row, result.Row(row));
  });
  return {};
}

Status HostRowOps::MaximumGradient(std::span<const RowBlock<const float>> arguments,
                                   RowBlock<const float> result, RowBlock<const float> of_result,
                                   size_t rows, std::span<const RowBlock<float>> of_arguments) {
  for (size_t row = 0; row < rows; ++row) {
    for (size_t i = 0; i < result.width; ++i) {
      size_t chosen = 0;
      while (chosen + 1 < arguments.size() && arguments[chosen].Row(row)[i] != result.Row(row)[i]) {
        ++chosen;
      }
      const RowBlock<float>& gradient = of_arguments[chosen];
      if (gradient.data != nullptr) gradient.Row(row)[i] += of_result.Row(row)[i];
    }
  }
  return {};
}

Status HostRowOps::CoOccur(const CoOccurrence& co, size_t rows, RowBlock<float> result) {
  const float slope = SlopeOf(co);
  Parts(rows, kCoRows, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      float* x = co.x + row * co.vectors * co.width;
      if (co.is_normalised) NormaliseRow(co, x, co.inverse_lengths + row * co.vectors);
      PoolRow(co, slope, x, co.products + row * co.entries(), result.Row(row));
    }
  });
  return {};
}

Status HostRowOps::CoOccurGradient(const CoOccurrence& co, size_t rows,
                                   RowBlock<const float> of_result, float* of_x, float* of_slope) {
  const float slope = SlopeOf(co);
  const size_t values = co.vectors * co.width;
  std::vector<double> of_slopes(rows, 0.0);
  Parts(rows, kCoRows, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      const float* x = co.x + row * values;
      of_slopes[row] = BackwardRow(co, slope, x, co.products + row * co.entries(),
                                   of_result.Row(row), of_x + row * values);
      if (co.is_normalised) {
        UndoNormalisation(co, x, co.inverse_lengths + row * co.vectors, of_x + row * values);
      }
    }
  });
  if (of_slope == nullptr) return {};
  double sum = 0.0;
  for (const double value : of_slopes) sum += value;
  *of_slope = static_cast<float>(sum);
  return {};
}

}  // namespace llmembed::compute::ref
