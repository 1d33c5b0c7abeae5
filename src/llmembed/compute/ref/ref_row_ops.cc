#include "compute/ref/ref_row_ops.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "compute/large_floats.h"

namespace llmembed::compute {
namespace ref {
namespace {

constexpr size_t kPartRows = 16;  // that one thread takes at a time

class HostRowSource : public RowSource {
 public:
  HostRowSource(const HostRows& rows, StandardizeRow standardize)
      : rows_(rows), standardize_(standardize) {}

  Status Gather(std::span<const uint32_t> rows, float* to) override {
    ParallelParts(rows.size(), kPartRows, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) {
        standardize_(rows_.values.data() + rows[i] * rows_.width, rows_.mean.data(),
                     rows_.scale.data(), rows_.width, to + i * rows_.width);
      }
    });
    return {};
  }

 private:
  HostRows rows_;
  StandardizeRow standardize_;
};

void PlainStandardize(const float* from, const double* mean, const double* scale, size_t count,
                      float* to) {
  for (size_t i = 0; i < count; ++i) {
    to[i] = static_cast<float>((double{from[i]} - mean[i]) * scale[i]);
  }
}

// op(input) [rows, columns] at [row, column].
float At(const GemmInput& input, uint64_t rows, uint64_t columns, uint64_t row, uint64_t column) {
  const bool is_turned = input.transpose == Transpose::kYes;
  const uint64_t stride = input.row_stride != 0 ? input.row_stride : (is_turned ? rows : columns);
  return is_turned ? input.values[column * stride + row] : input.values[row * stride + column];
}

}  // namespace

std::unique_ptr<RowSource> OpenHostRows(const HostRows& rows, StandardizeRow standardize) {
  return std::make_unique<HostRowSource>(rows, standardize);
}

Result<DeviceMemory> HostRowOps::Allocate(size_t bytes) {
  using Bytes = std::vector<std::byte, LargeArrayAllocator<std::byte>>;
  auto memory = std::make_shared<Bytes>(bytes);
  return DeviceMemory(memory, memory->data());
}

Status HostRowOps::Zero(void* memory, size_t bytes) {
  if (bytes > 0) std::memset(memory, 0, bytes);
  return {};
}

Status HostRowOps::Upload(std::span<const float> from, float* to) {
  std::ranges::copy(from, to);
  return {};
}

Status HostRowOps::Download(const float* from, std::span<float> to) {
  std::copy_n(from, to.size(), to.begin());
  return {};
}

Status HostRowOps::TakeSums(double* sums, std::span<double> to) {
  std::copy_n(sums, to.size(), to.begin());
  std::fill_n(sums, to.size(), 0.0);
  return {};
}

Result<std::unique_ptr<RowSource>> HostRowOps::OpenRows(const HostRows& rows) {
  return OpenHostRows(rows, PlainStandardize);
}

// Sums in double, in the order of k.
Status HostRowOps::Gemm(const GemmShape& shape, const GemmInput& a, const GemmInput& b,
                        const GemmOutput& c) {
  const uint64_t stride = c.row_stride != 0 ? c.row_stride : shape.n;
  std::vector<float> right(shape.k * shape.n);  // op(B), row by row
  Parts(shape.k, 64, [&](size_t begin, size_t end) {
    for (size_t k = begin; k < end; ++k) {
      for (uint64_t j = 0; j < shape.n; ++j) {
        right[k * shape.n + j] = At(b, shape.k, shape.n, k, j);
      }
    }
  });
  Parts(shape.m, 1, [&](size_t begin, size_t end) {
    std::vector<double> sums(shape.n);
    for (size_t i = begin; i < end; ++i) {
      std::ranges::fill(sums, 0.0);
      for (uint64_t k = 0; k < shape.k; ++k) {
        const double left = At(a, shape.m, shape.k, i, k);
        const float* row = right.data() + k * shape.n;
        for (uint64_t j = 0; j < shape.n; ++j) sums[j] += left * row[j];
      }
      float* out = c.values + i * stride;
      for (uint64_t j = 0; j < shape.n; ++j) {
        const double kept = c.beta == 0.0F ? 0.0 : double{c.beta} * out[j];
        out[j] = static_cast<float>(c.alpha * sums[j] + kept);
      }
    }
  });
  return {};
}

Status HostRowOps::BiasReluDropout(const float* bias, const Dropout& dropout,
                                   const FloatRows& values) {
  const auto dropped_below = static_cast<uint64_t>(dropout.rate * 4294967296.0);
  for (size_t row = 0; row < values.rows; ++row) {
    float* x = values.Row(row);
    for (size_t i = 0; i < values.width; ++i) {
      x[i] = std::max(x[i] + bias[i], 0.0F);
      if (dropout.rate == 0.0) continue;
      x[i] *= dropout.random->Next() < dropped_below ? 0.0F : dropout.kept_scale();
    }
  }
  return {};
}

Status HostRowOps::ReluDropoutGradient(const Dropout& dropout, const float* results,
                                       const FloatRows& gradient) {
  for (size_t row = 0; row < gradient.rows; ++row) {
    const float* result = results + row * gradient.stride;
    float* x = gradient.Row(row);
    for (size_t i = 0; i < gradient.width; ++i) {
      x[i] = result[i] > 0.0F ? x[i] * dropout.kept_scale() : 0.0F;
    }
  }
  return {};
}

Status HostRowOps::SumRows(const float* values, size_t rows, size_t stride, std::span<float> sums) {
  std::ranges::fill(sums, 0.0F);
  for (size_t row = 0; row < rows; ++row) {
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += values[row * stride + i];
  }
  return {};
}

Status HostRowOps::AdamUpdate(const AdamStep& step, const AdamState& state, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const float slope = state.parameters[i] * step.coupled_decay + state.gradient[i];
    state.mean[i] = state.mean[i] * step.beta1 + slope * step.rest1;
    state.square[i] = state.square[i] * step.beta2 + step.rest2 * slope * slope;
    const float length = std::sqrt(state.square[i] * step.square_correction);
    const float move = state.mean[i] * step.rate / (length + step.epsilon);
    state.parameters[i] = state.parameters[i] - state.parameters[i] * step.decay - move;
  }
  return {};
}

Status HostRowOps::AddBias(const float* bias, const FloatRows& values) {
  for (size_t row = 0; row < values.rows; ++row) {
    for (size_t i = 0; i < values.width; ++i) values.Row(row)[i] += bias[i];
  }
  return {};
}

Status HostRowOps::AddLoss(Loss loss, const LossTargets& targets, size_t classes, double times,
                           float* logits, double* sum) {
  const std::span<float> values(logits, targets.labels.size() * classes);
  *sum +=
      times * (loss == Loss::kDoubleSoftmax ? DoubleSoftmaxCrossEntropy(targets, classes, values)
                                            : SoftmaxCrossEntropy(targets, classes, values));
  return {};
}

Status HostRowOps::AddScores(std::span<const uint32_t> labels, size_t classes, const float* logits,
                             double* sums) {
  std::vector<float> row(classes);
  for (size_t i = 0; i < labels.size(); ++i) {
    std::copy_n(logits + i * classes, classes, row.begin());
    SoftmaxRows(row, classes);
    sums[0] += LargestScore(row) == labels[i] ? 1.0 : 0.0;
    sums[1] -= std::log(std::max(row[labels[i]], std::numeric_limits<float>::epsilon()));
  }
  return {};
}

}  // namespace ref

std::unique_ptr<RowOps> MakeReferenceRowOps() {
  return std::make_unique<ref::HostRowOps>(GemmThreads::kAll);
}

}  // namespace llmembed::compute
