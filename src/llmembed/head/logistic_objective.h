// The loss of logistic regression and its gradient, computed straight from the raw features.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "head/head.h"
#include "head/standardizer.h"
#include "head/training_data.h"
#include "llmembed/status.h"

namespace llmembed::head {

// With S the sum of the row weights:
//   sum_i weight_i loss_i / S + ||W||^2 / (2 C S),
// scikit-learn's objective divided by C S, so that a gradient tolerance means the same for every C
// and every number of rows. The parameters are W [K, D] for standardised features, then the bias
// [K]; K = 1 for two classes (binary loss), else the number of classes (softmax).
//
// Neither standardised features nor the rows of a split are ever copied: the standardisation
// moves into the weights (as in the finished head) and rows outside a split weigh 0. The rows are
// divided among a fixed number of lanes, which threads take one by one: sums are f32 inside a lane
// and f64, in the order of the lanes, over them, so the bits do not depend on the threads.
class LogisticObjective {
 public:
  // Borrows what `data` shows, and the three others.
  LogisticObjective(const TrainingData& data, const Standardizer& standardizer,
                    std::vector<float> row_weights, base::ThreadPool* pool,
                    const std::atomic<bool>* cancelled);

  void set_c(double c) { c_ = c; }
  uint64_t parameter_count() const { return outputs_ * (data_.width + 1); }

  // kCancelled when asked to stop.
  Result<double> Evaluate(std::span<const double> parameters, std::span<double> gradient);

  // The parameters as a head for raw features with one logit a class: for two classes -z/2 and
  // z/2, whose softmax is the binary model's probability.
  Head ToHead(std::span<const double> parameters) const;

 private:
  // Consecutive blocks of rows and the sums over them.
  struct Lane {
    uint64_t begin = 0;  // rows
    uint64_t end = 0;
    double loss = 0.0;
    std::vector<float> weight_gradient;  // [K, D], with respect to raw features' weights
    std::vector<double> bias_gradient;   // [K]
    std::vector<float> logits;           // [block_rows, K]
  };

  LinearLayer StandardizedLayer(std::span<const double> parameters) const;
  Status RunLane(const LinearLayer& layer, Lane* lane) const;
  Status AddBlock(const LinearLayer& layer, uint64_t start, uint64_t rows, Lane* lane) const;
  // From the lanes' sums to the value and gradient of the whole objective.
  double Combine(std::span<const double> parameters, std::span<double> gradient) const;

  TrainingData data_;
  const Standardizer& standardizer_;
  std::vector<float> row_weights_;
  base::ThreadPool* pool_;
  const std::atomic<bool>* cancelled_;
  uint64_t outputs_;  // K
  uint64_t block_rows_;
  double weight_sum_;  // S
  double c_ = 1.0;
  std::vector<Lane> lanes_;
};

}  // namespace llmembed::head
