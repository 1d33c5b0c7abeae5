#include "lexical/newton.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

namespace llmembed::lexical {
namespace {

constexpr uint32_t kMaxProducts = 250;  // of one step
constexpr uint32_t kMaxHalvings = 20;
constexpr double kSufficientDecrease = 1e-4;  // of what the slope promises
// The value's own rounding, relative: a step that promises less is taken as it is.
constexpr double kValueRounding = 1e-7;
constexpr uint64_t kPiece = 1 << 17;  // fixed, so that sums come out the same everywhere

class Minimizer {
 public:
  Minimizer(SparseLogistic* objective, base::ThreadPool* pool, std::span<float> x)
      : objective_(objective),
        pool_(pool),
        x_(x),
        gradient_(x.size()),
        diagonal_(x.size()),
        step_(x.size()),
        residual_(x.size()),
        direction_(x.size()),
        product_(x.size()),
        sums_((x.size() + kPiece - 1) / kPiece) {}

  Result<NewtonOutcome> Run(const NewtonOptions& options) {
    NewtonOutcome outcome;
    LLMEMBED_ASSIGN_OR_RETURN(outcome.value, objective_->MoveTo(x_));
    double first_length = 0.0;
    while (true) {
      LLMEMBED_RETURN_IF_ERROR(objective_->Gradient(x_, gradient_));
      outcome.converged = LargestGradient() <= options.gradient_tolerance;
      if (outcome.converged || outcome.iterations == options.max_iterations) return outcome;
      LLMEMBED_ASSIGN_OR_RETURN(const double squares, Dot(gradient_, gradient_));
      const double length = std::sqrt(squares);
      if (outcome.iterations == 0) first_length = length;
      // The nearer the minimum, the more exact the step: then it converges superlinearly.
      LLMEMBED_RETURN_IF_ERROR(
          FindStep(0.5 * std::min(0.5, std::sqrt(length / first_length)), &outcome));
      LLMEMBED_ASSIGN_OR_RETURN(const bool lower, TakeStep(&outcome));
      if (!lower) return outcome;
      ++outcome.iterations;
    }
  }

 private:
  // The sum of body(begin, end) over pieces of the parameters.
  Result<double> Sum(const std::function<double(uint64_t begin, uint64_t end)>& body) {
    LLMEMBED_RETURN_IF_ERROR(pool_->ParallelFor(sums_.size(), [&](size_t piece, unsigned) {
      sums_[piece] = body(piece * kPiece, std::min<uint64_t>((piece + 1) * kPiece, x_.size()));
      return Status();
    }));
    return std::accumulate(sums_.begin(), sums_.end(), 0.0);
  }

  Result<double> Dot(const std::vector<float>& a, const std::vector<float>& b) {
    return Sum([&](uint64_t begin, uint64_t end) {
      double sum = 0.0;
      for (uint64_t i = begin; i < end; ++i) sum += static_cast<double>(a[i]) * b[i];
      return sum;
    });
  }

  double LargestGradient() const {
    float largest = 0.0F;
    for (const float value : gradient_) largest = std::max(largest, std::abs(value));
    return largest;
  }

  // step_: Hessian * step = -gradient, until this share remains of the equation's residual; its
  // length is that of the preconditioned one.
  Status FindStep(double share, NewtonOutcome* outcome) {
    LLMEMBED_RETURN_IF_ERROR(objective_->HessianDiagonal(diagonal_));
    LLMEMBED_ASSIGN_OR_RETURN(double squares, StartStep());
    const double enough = share * share * squares;
    for (uint32_t i = 0; i < kMaxProducts && squares > enough; ++i) {
      LLMEMBED_RETURN_IF_ERROR(objective_->HessianProduct(direction_, product_));
      ++outcome->products;
      LLMEMBED_ASSIGN_OR_RETURN(const double curvature, Dot(direction_, product_));
      if (!(curvature > 0.0)) break;  // nothing but rounding is left
      LLMEMBED_ASSIGN_OR_RETURN(const double remaining, Advance(squares / curvature));
      LLMEMBED_RETURN_IF_ERROR(TurnDirection(remaining / squares));
      squares = remaining;
    }
    return Status();
  }

  // The step 0; the squared length of its residual.
  Result<double> StartStep() {
    return Sum([&](uint64_t begin, uint64_t end) {
      double sum = 0.0;
      for (uint64_t i = begin; i < end; ++i) {
        step_[i] = 0.0F;
        residual_[i] = -gradient_[i];
        direction_[i] = residual_[i] / diagonal_[i];
        sum += static_cast<double>(residual_[i]) * direction_[i];
      }
      return sum;
    });
  }

  // Goes along the direction; the squared length of what remains.
  Result<double> Advance(double distance) {
    const auto factor = static_cast<float>(distance);
    return Sum([&](uint64_t begin, uint64_t end) {
      double sum = 0.0;
      for (uint64_t i = begin; i < end; ++i) {
        step_[i] += factor * direction_[i];
        residual_[i] -= factor * product_[i];
        sum += static_cast<double>(residual_[i]) * residual_[i] / diagonal_[i];
      }
      return sum;
    });
  }

  Status TurnDirection(double kept) {
    const auto factor = static_cast<float>(kept);
    const auto sum = Sum([&](uint64_t begin, uint64_t end) {
      for (uint64_t i = begin; i < end; ++i) {
        direction_[i] = residual_[i] / diagonal_[i] + factor * direction_[i];
      }
      return 0.0;
    });
    return sum.status();
  }

  // Moves x_ by the step, or by the first of its halves that lowers the value enough; false, and no
  // move, when none does.
  Result<bool> TakeStep(NewtonOutcome* outcome) {
    LLMEMBED_ASSIGN_OR_RETURN(const double slope, Dot(gradient_, step_));
    const double rounding = kValueRounding * std::abs(outcome->value);
    std::vector<float>& trial = direction_;  // has served for this step
    float length = 1.0F;
    for (uint32_t halvings = 0; halvings <= kMaxHalvings; ++halvings, length *= 0.5F) {
      for (uint64_t i = 0; i < trial.size(); ++i) trial[i] = x_[i] + length * step_[i];
      LLMEMBED_ASSIGN_OR_RETURN(const double value, objective_->MoveTo(trial));
      const bool is_lower = value < outcome->value + kSufficientDecrease * length * slope;
      const bool is_equal = -slope < rounding && value < outcome->value + rounding;
      if (is_lower || is_equal) {
        outcome->value = value;
        std::copy(trial.begin(), trial.end(), x_.begin());
        return true;
      }
    }
    return false;
  }

  SparseLogistic* objective_;
  base::ThreadPool* pool_;
  std::span<float> x_;
  std::vector<float> gradient_;
  std::vector<float> diagonal_;  // of the Hessian
  std::vector<float> step_;
  std::vector<float> residual_;   // of the step's equation
  std::vector<float> direction_;  // of the conjugate gradients
  std::vector<float> product_;    // Hessian times direction
  std::vector<double> sums_;      // by piece
};

}  // namespace

Result<NewtonOutcome> MinimizeNewton(SparseLogistic* objective, const NewtonOptions& options,
                                     base::ThreadPool* pool, std::span<float> x) {
  return Minimizer(objective, pool, x).Run(options);
}

}  // namespace llmembed::lexical
