// compute/row_ops.h on a GPU: everything of one training on one stream.
#pragma once

#include <cuda_runtime.h>

#include <memory>

#include "compute/cuda/device/f32_product.cuh"
#include "compute/cuda/device/memory.cuh"
#include "compute/row_ops.h"

namespace llmembed::compute::cuda {

// Rows go along a grid's second dimension, `columns` threads along its first; kernels step by
// gridDim.y from row to row.
inline dim3 RowGrid(size_t rows, size_t columns) {
  constexpr size_t kMostRows = 65535;
  return dim3(BlocksFor(columns), static_cast<unsigned>(rows < kMostRows ? rows : kMostRows));
}

class CudaRowOps : public RowOps {
 public:
  static Result<std::unique_ptr<RowOps>> Create(int device);

  // Contracts: compute/row_ops.h.
  Result<DeviceMemory> Allocate(size_t bytes) override;
  Status Zero(void* memory, size_t bytes) override;
  Status Upload(std::span<const float> from, float* to) override;
  Status Download(const float* from, std::span<float> to) override;
  Status TakeSums(double* sums, std::span<double> to) override;
  Result<std::unique_ptr<RowSource>> OpenRows(const HostRows& rows) override;
  Status Gemm(const GemmShape& shape, const GemmInput& a, const GemmInput& b,
              const GemmOutput& c) override;
  Status BiasReluDropout(const float* bias, const Dropout& dropout,
                         const FloatRows& values) override;
  Status ReluDropoutGradient(const Dropout& dropout, const float* results,
                             const FloatRows& gradient) override;
  Status SumRows(const float* values, size_t rows, size_t stride, std::span<float> sums) override;
  Status AdamUpdate(const AdamStep& step, const AdamState& state, size_t count) override;
  Status AddBias(const float* bias, const FloatRows& values) override;
  Status CopyRows(RowBlock<const float> from, size_t rows, RowBlock<float> to) override;
  Status AddRows(RowBlock<const float> from, float factor, size_t rows,
                 RowBlock<float> to) override;
  Status Average(std::span<const RowBlock<const float>> arguments, size_t rows,
                 RowBlock<float> result) override;
  Status Maximum(std::span<const RowBlock<const float>> arguments, size_t rows,
                 RowBlock<float> result) override;
  Status MaximumGradient(std::span<const RowBlock<const float>> arguments,
                         RowBlock<const float> result, RowBlock<const float> of_result, size_t rows,
                         std::span<const RowBlock<float>> of_arguments) override;
  Status CoOccur(const CoOccurrence& co, size_t rows, RowBlock<float> result) override;
  Status CoOccurGradient(const CoOccurrence& co, size_t rows, RowBlock<const float> of_result,
                         float* of_x, float* of_slope) override;
  Status AddLoss(Loss loss, const LossTargets& targets, size_t classes, double times, float* logits,
                 double* sum) override;
  Status AddScores(std::span<const uint32_t> labels, size_t classes, const float* logits,
                   double* sums) override;

 private:
  explicit CudaRowOps(int device) : device_(device) {}
  Status Use() const { return CudaStatus(cudaSetDevice(device_), "device"); }

  int device_;
  std::shared_ptr<CUstream_st> stream_;
  std::unique_ptr<F32Products> products_;
  cuda::Upload labels_, weights_;
  Array<double> partial_sums_;  // of rows, before they are added up
  Array<float> probabilities_;
};

// *sum += times * the sum of parts[0, count), always in the same order.
Status LaunchAddUp(const double* parts, size_t count, double times, double* sum,
                   cudaStream_t stream);

// rows [rows, width] = (rows - mean) * scale.
Status LaunchStandardize(const double* mean, const double* scale, size_t rows, size_t width,
                         float* values, cudaStream_t stream);

}  // namespace llmembed::compute::cuda
