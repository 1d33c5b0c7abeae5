// What a head's layers and its optimiser need, value by value.
#include "compute/cuda/device/row_ops.cuh"
#include "compute/cuda/row_arithmetic.h"

namespace llmembed::compute::cuda {
namespace {

constexpr unsigned kDrawn = 8;  // values that one thread draws numbers for
constexpr unsigned kSummedColumns = 32;
constexpr unsigned kSummedRows = 16;  // added up side by side

struct DropoutNumbers {
  RandomJumps jumps;
  RandomJump stride;  // from a thread's value to its next
  uint64_t state;
  uint64_t dropped_below;
  float kept_scale;
};

// As std::max(x, 0), which leaves NaN as it is.
__device__ inline float Relu(float x) { return x < 0.0F ? 0.0F : x; }

__global__ void BiasReluKernel(const float* bias, FloatRows values) {
  const size_t column = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (column >= values.width) return;
  for (size_t row = blockIdx.y; row < values.rows; row += gridDim.y) {
    float* x = values.data + row * values.stride + column;
    *x = Relu(*x + bias[column]);
  }
}

__global__ void BiasReluDropoutKernel(const float* bias, DropoutNumbers numbers, FloatRows values) {
  const size_t threads = static_cast<size_t>(gridDim.x) * kThreads;
  const size_t count = values.rows * values.width;
  size_t i = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  uint64_t state = numbers.jumps.After(numbers.state, i);
  for (; i < count; i += threads) {
    const size_t column = i % values.width;
    float* x = values.data + i / values.width * values.stride + column;
    const bool drops = RandomNumber(state) < numbers.dropped_below;
    *x = Relu(*x + bias[column]) * (drops ? 0.0F : numbers.kept_scale);
    state = numbers.stride.From(state);
  }
}

__global__ void ReluDropoutGradientKernel(float kept_scale, const float* results,
                                          FloatRows gradient) {
  const size_t column = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (column >= gradient.width) return;
  for (size_t row = blockIdx.y; row < gradient.rows; row += gridDim.y) {
    const size_t i = row * gradient.stride + column;
    gradient.data[i] = results[i] > 0.0F ? gradient.data[i] * kept_scale : 0.0F;
  }
}

// A block a few columns: rows are added up side by side, then those sums in their order.
__global__ void SumRowsKernel(const float* values, size_t rows, size_t stride, float* sums,
                              size_t width) {
  __shared__ float partial[kSummedRows][kSummedColumns];
  const size_t column = blockIdx.x * static_cast<size_t>(kSummedColumns) + threadIdx.x;
  float sum = 0.0F;
  if (column < width) {
#pragma unroll 4
    for (size_t row = threadIdx.y; row < rows; row += kSummedRows) {
      sum += values[row * stride + column];
    }
  }
  partial[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y != 0 || column >= width) return;
  for (unsigned i = 1; i < kSummedRows; ++i) sum += partial[i][threadIdx.x];
  sums[column] = sum;
}

// Each product is rounded before it is added, as on the CPU (compute/cpu/rows/adam.cc says why).
__global__ void AdamKernel(AdamStep step, AdamState state, size_t count) {
  const size_t i = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (i >= count) return;
  const float parameter = state.parameters[i];
  const float slope = __fadd_rn(__fmul_rn(parameter, step.coupled_decay), state.gradient[i]);
  const float mean = __fadd_rn(__fmul_rn(state.mean[i], step.beta1), __fmul_rn(slope, step.rest1));
  const float square = __fadd_rn(__fmul_rn(state.square[i], step.beta2),
                                 __fmul_rn(__fmul_rn(step.rest2, slope), slope));
  const float length = __fsqrt_rn(__fmul_rn(square, step.square_correction));
  const float move = __fdiv_rn(__fmul_rn(mean, step.rate), __fadd_rn(length, step.epsilon));
  state.mean[i] = mean;
  state.square[i] = square;
  state.parameters[i] = __fsub_rn(__fsub_rn(parameter, __fmul_rn(parameter, step.decay)), move);
}

__global__ void AddRowBiasKernel(const float* bias, FloatRows values) {
  const size_t column = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (column >= values.width) return;
  for (size_t row = blockIdx.y; row < values.rows; row += gridDim.y) {
    values.data[row * values.stride + column] += bias[column];
  }
}

bool IsEmpty(const FloatRows& rows) { return rows.rows == 0 || rows.width == 0; }

}  // namespace

Status CudaRowOps::BiasReluDropout(const float* bias, const Dropout& dropout,
                                   const FloatRows& values) {
  if (IsEmpty(values)) return {};
  if (dropout.rate == 0.0) {
    BiasReluKernel<<<RowGrid(values.rows, values.width), kThreads, 0, stream_.get()>>>(bias,
                                                                                       values);
    return LaunchStatus("bias and ReLU");
  }
  const size_t count = values.rows * values.width;
  const unsigned blocks = BlocksFor((count + kDrawn - 1) / kDrawn);
  DropoutNumbers numbers;
  numbers.jumps = RandomJumps::Of(base::Random::kMultiplier, dropout.random->increment());
  numbers.stride = numbers.jumps.Across(static_cast<uint64_t>(blocks) * kThreads);
  numbers.state = dropout.random->state();
  numbers.dropped_below = static_cast<uint64_t>(dropout.rate * 4294967296.0);
  numbers.kept_scale = dropout.kept_scale();
  dropout.random->Skip(count);
  BiasReluDropoutKernel<<<blocks, kThreads, 0, stream_.get()>>>(bias, numbers, values);
  return LaunchStatus("bias, ReLU and dropout");
}

Status CudaRowOps::ReluDropoutGradient(const Dropout& dropout, const float* results,
                                       const FloatRows& gradient) {
  if (IsEmpty(gradient)) return {};
  ReluDropoutGradientKernel<<<RowGrid(gradient.rows, gradient.width), kThreads, 0, stream_.get()>>>(
      dropout.kept_scale(), results, gradient);
  return LaunchStatus("gradient of ReLU and dropout");
}

Status CudaRowOps::SumRows(const float* values, size_t rows, size_t stride, std::span<float> sums) {
  if (sums.empty()) return {};
  const auto blocks = static_cast<unsigned>((sums.size() + kSummedColumns - 1) / kSummedColumns);
  SumRowsKernel<<<blocks, dim3(kSummedColumns, kSummedRows), 0, stream_.get()>>>(
      values, rows, stride, sums.data(), sums.size());
  return LaunchStatus("sums of rows");
}

Status CudaRowOps::AdamUpdate(const AdamStep& step, const AdamState& state, size_t count) {
  if (count == 0) return {};
  AdamKernel<<<BlocksFor(count), kThreads, 0, stream_.get()>>>(step, state, count);
  return LaunchStatus("Adam");
}

Status CudaRowOps::AddBias(const float* bias, const FloatRows& values) {
  if (IsEmpty(values)) return {};
  AddRowBiasKernel<<<RowGrid(values.rows, values.width), kThreads, 0, stream_.get()>>>(bias,
                                                                                       values);
  return LaunchStatus("bias");
}

}  // namespace llmembed::compute::cuda
