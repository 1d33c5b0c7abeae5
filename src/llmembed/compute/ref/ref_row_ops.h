// compute/row_ops.h by plain loops, in the host's memory. Those that memory bounds are also what a
// CPU computes with, so they are shared among threads; cpu/ takes the others' places.
#pragma once

#include "compute/parallel.h"
#include "compute/row_ops.h"

namespace llmembed::compute::ref {

// values[i] = (from[i] - mean[i]) * scale[i], as compute/standardize.h.
using StandardizeRow = void (*)(const float* from, const double* mean, const double* scale,
                                size_t count, float* to);
std::unique_ptr<RowSource> OpenHostRows(const HostRows& rows, StandardizeRow standardize);

class HostRowOps : public RowOps {
 public:
  explicit HostRowOps(GemmThreads threads) : threads_(threads) {}

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

 protected:
  GemmThreads threads() const { return threads_; }

  // As ParallelParts, or on the calling thread.
  template <typename Work>
  void Parts(size_t count, size_t part, const Work& work) const {
    if (threads_ == GemmThreads::kAll) {
      ParallelParts(count, part, work);
    } else {
      work(size_t{0}, count);
    }
  }

 private:
  GemmThreads threads_;
};

}  // namespace llmembed::compute::ref
