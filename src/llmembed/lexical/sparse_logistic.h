// The loss of logistic regression on sparse rows: value, gradient and products with the Hessian.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "lexical/sparse_matrix.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::lexical {

enum class LossKind {
  kBinary,   // cross-entropy of class 1 against class 0, one logit
  kSoftmax,  // cross-entropy of the softmax, one logit a class
};

// Borrows the rows and labels.
struct LogisticProblem {
  const SparseMatrix& rows;          // [N, D], N at least 1
  std::span<const uint32_t> labels;  // [N], below `classes`
  uint32_t classes = 0;              // at least 2, and 2 for kBinary
  LossKind kind = LossKind::kSoftmax;
  double c = 1.0;  // more than 0
};

// With K logits:
//   sum_i loss_i / N + ||W||^2 / (2 C N),
// scikit-learn's LogisticRegression divided by C N, as head/logistic_objective.h has it for dense
// features. Biases are not penalised.
//
// Parameters lie as [D + 1, stride]: the logits' weights of each column, then the biases. `stride`
// is K, or the next multiple of 4 so that they are added as vectors; the surplus stays 0.
//
// The rows are kept a second time, transposed: logits are summed along rows, gradients along
// columns, so threads share no sum. Numbers are f32; sums over rows are f64, over pieces of a fixed
// size in their order: the bits do not depend on the number of threads.
class SparseLogistic {
 public:
  // Borrows the pool and the context too.
  SparseLogistic(const LogisticProblem& problem, base::ThreadPool* pool, const RunContext& context);

  uint64_t stride() const { return stride_; }
  uint64_t parameter_count() const { return (rows_.width + 1) * stride_; }

  // All of these: kCancelled when asked to stop.

  // Moves the point to `parameters` and gives the loss there.
  Result<double> MoveTo(std::span<const float> parameters);
  // The gradient at the point, which is `parameters`.
  Status Gradient(std::span<const float> parameters, std::span<float> gradient);
  // The Hessian at the point times `vector`.
  Status HessianProduct(std::span<const float> vector, std::span<float> product);
  // The Hessian's diagonal at the point; positive, in the surplus too.
  Status HessianDiagonal(std::span<float> diagonal);

 private:
  // Calls body(row) for each row, on all threads, and sums what it gives.
  Result<double> SumRows(const std::function<double(uint64_t row)>& body);
  // Row `row` times the parameters, to logits [stride].
  void AddLogits(std::span<const float> parameters, uint64_t row, float* logits) const;
  // sums [D + 1, stride] = the transpose of (rows, 1) times residuals_; entries squared or as they
  // are. The caller adds the penalty.
  enum class Entries { kPlain, kSquared };
  Status MultiplyTransposed(Entries entries, std::span<float> sums);
  // sums += penalty_ * parameters, but for the biases.
  void AddPenalty(std::span<const float> parameters, std::span<float> sums) const;

  const SparseMatrix& rows_;
  SparseMatrix columns_;                 // rows_ transposed
  std::vector<uint32_t> column_pieces_;  // where each piece of like work begins, and the end
  std::span<const uint32_t> labels_;
  uint32_t outputs_;  // K
  uint64_t stride_;
  double penalty_;  // 1 / (C N)
  float share_;     // 1 / N
  base::ThreadPool* pool_;
  const RunContext& context_;
  std::vector<float> probabilities_;  // [N, stride] at the point
  std::vector<float> residuals_;      // [N, stride]
};

}  // namespace llmembed::lexical
