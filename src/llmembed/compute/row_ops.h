// What fusions and heads are computed and trained with: operations on rows of f32, each declared
// once. ref/ does them by plain loops and is the oracle; cpu/ and cuda/ do them fast. What trains
// calls only what stands here, and does not know where it runs.
//
// Pointers are into the operations' own memory (Array), of which no element may be looked at unless
// it is CpuRowOps' or the reference's. Spans of labels, weights and row numbers, and what Upload
// takes and Download and TakeSums give, are the host's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "compute/adam.h"
#include "compute/dropout.h"
#include "compute/gemm.h"
#include "compute/losses.h"
#include "compute/matrix.h"
#include "compute/rows.h"
#include "llmembed/status.h"

namespace llmembed::compute {

// A matrix in the host's memory whose rows are brought to mean 0 and deviation 1 when they are
// gathered: (value - mean) * scale, in double and rounded once. Borrows.
struct HostRows {
  std::span<const float> values;  // [N, width]
  size_t width = 0;
  std::span<const double> mean;   // [width]
  std::span<const double> scale;  // [width]
};

class RowSource {
 public:
  virtual ~RowSource() = default;
  // to[i] = row rows[i], standardised; `to` is [rows.size(), width] without gaps.
  virtual Status Gather(std::span<const uint32_t> rows, float* to) = 0;
};

// Co-occurrence pooling (fusion/operators/co.cc): the products of H vectors of K values with one
// another, g, through 2 sigmoid(slope g) - 1.
struct CoOccurrence {
  size_t vectors = 0;          // H
  size_t width = 0;            // K
  bool is_normalised = false;  // the vectors are divided by their lengths first
  bool is_upper = false;       // products of vectors i <= j alone, else all H * H
  float slope = 0.0F;
  const float* learned_slope = nullptr;  // read instead of `slope`; nullptr: it is fixed

  // What forward leaves to backward.
  float* x = nullptr;  // [rows, H, K]; the vectors: given, and divided where that is set
  float* inverse_lengths = nullptr;  // [rows, H], of what was divided
  float* products = nullptr;         // [rows, entries()]

  constexpr size_t entries() const {
    return is_upper ? vectors * (vectors + 1) / 2 : vectors * vectors;
  }
};

// One training's, or one caller's, way to compute. Operations may still be under way when their
// calls return, each behind those before it, until Download or TakeSums. Not thread-safe, but for
// CpuRowOps and the reference, which keep nothing. Sizes that fit are the caller's duty.
class RowOps {
 public:
  virtual ~RowOps() = default;

  // Any contents. kOutOfMemory.
  virtual Result<DeviceMemory> Allocate(size_t bytes) = 0;
  virtual Status Zero(void* memory, size_t bytes) = 0;
  virtual Status Upload(std::span<const float> from, float* to) = 0;
  virtual Status Download(const float* from, std::span<float> to) = 0;
  // What AddLoss and AddScores added up; the sums are 0 again.
  virtual Status TakeSums(double* sums, std::span<double> to) = 0;

  // The matrix stays the caller's and may be read until the source is gone.
  virtual Result<std::unique_ptr<RowSource>> OpenRows(const HostRows& rows) = 0;

  // As the functions of these names in gemm.h, dropout.h and adam.h.
  virtual Status Gemm(const GemmShape& shape, const GemmInput& a, const GemmInput& b,
                      const GemmOutput& c) = 0;
  virtual Status BiasReluDropout(const float* bias, const Dropout& dropout,
                                 const FloatRows& values) = 0;
  virtual Status ReluDropoutGradient(const Dropout& dropout, const float* results,
                                     const FloatRows& gradient) = 0;
  virtual Status SumRows(const float* values, size_t rows, size_t stride,
                         std::span<float> sums) = 0;
  virtual Status AdamUpdate(const AdamStep& step, const AdamState& state, size_t count) = 0;

  // values[row] += bias
  virtual Status AddBias(const float* bias, const FloatRows& values) = 0;

  // to = from, and to += factor * from.
  virtual Status CopyRows(RowBlock<const float> from, size_t rows, RowBlock<float> to) = 0;
  virtual Status AddRows(RowBlock<const float> from, float factor, size_t rows,
                         RowBlock<float> to) = 0;

  // The elementwise mean, summed in double in the arguments' order and rounded once; the maximum.
  virtual Status Average(std::span<const RowBlock<const float>> arguments, size_t rows,
                         RowBlock<float> result) = 0;
  virtual Status Maximum(std::span<const RowBlock<const float>> arguments, size_t rows,
                         RowBlock<float> result) = 0;
  // Adds of_result to the gradient of the first argument that has the maximum, unless it has none.
  virtual Status MaximumGradient(std::span<const RowBlock<const float>> arguments,
                                 RowBlock<const float> result, RowBlock<const float> of_result,
                                 size_t rows, std::span<const RowBlock<float>> of_arguments) = 0;

  virtual Status CoOccur(const CoOccurrence& co, size_t rows, RowBlock<float> result) = 0;
  // of_x [rows, H, K]: the gradient of the vectors before they were divided; of_slope: that of the
  // slope, or nullptr. The products are used up.
  virtual Status CoOccurGradient(const CoOccurrence& co, size_t rows,
                                 RowBlock<const float> of_result, float* of_x, float* of_slope) = 0;

  // *sum += times * loss; logits [N, classes] become the loss's gradient.
  virtual Status AddLoss(Loss loss, const LossTargets& targets, size_t classes, double times,
                         float* logits, double* sum) = 0;
  // sums[0] += rows whose label has the largest logit; sums[1] -= log of the labels' probabilities,
  // of which none counts as less than f32's epsilon.
  virtual Status AddScores(std::span<const uint32_t> labels, size_t classes, const float* logits,
                           double* sums) = 0;
};

// Numbers in the memory of a RowOps.
template <typename T>
class Array {
 public:
  // The contents are lost where the memory has to grow, which happens once for a largest size.
  Status Resize(RowOps* ops, size_t size) {
    if (size > capacity_) {
      memory_.reset();
      capacity_ = size_ = 0;
      LLMEMBED_ASSIGN_OR_RETURN(memory_, ops->Allocate(size * sizeof(T)));
      capacity_ = size;
    }
    size_ = size;
    return {};
  }
  Status Zero(RowOps* ops) const { return ops->Zero(data(), size_ * sizeof(T)); }

  T* data() const { return static_cast<T*>(memory_.get()); }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::span<T> span() const { return {data(), size_}; }

 private:
  DeviceMemory memory_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

// Plain loops. The oracle of every test.
std::unique_ptr<RowOps> MakeReferenceRowOps();

// This process's. kAll: large operations are shared among the calling thread's OpenMP threads.
// Thread-safe.
RowOps* CpuRowOps(GemmThreads threads);

}  // namespace llmembed::compute
