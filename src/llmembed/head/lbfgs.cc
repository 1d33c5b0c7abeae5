#include "head/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <string>
#include <vector>

#include "head/line_search.h"

namespace llmembed::head {
namespace {

// A step taken and how the gradient changed over it.
struct Correction {
  std::vector<double> step;             // s
  std::vector<double> gradient_change;  // y
  double inverse_curvature = 0.0;       // 1 / (s . y)
};

double LargestMagnitude(std::span<const double> values) {
  double largest = 0.0;
  for (const double value : values) {
    if (!(std::abs(value) <= largest)) largest = std::abs(value);  // NaN wins and stays
  }
  return largest;
}

void AddScaled(double factor, std::span<const double> values, std::span<double> sum) {
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += factor * values[i];
}

// Minus the inverse Hessian's estimate times the gradient (algorithm 7.4).
std::vector<double> Direction(const std::deque<Correction>& history,
                              std::span<const double> gradient) {
  std::vector<double> direction(gradient.begin(), gradient.end());
  std::vector<double> factors(history.size());
  for (size_t i = history.size(); i-- > 0;) {
    factors[i] = history[i].inverse_curvature * DotProduct(history[i].step, direction);
    AddScaled(-factors[i], history[i].gradient_change, direction);
  }
  if (!history.empty()) {
    const Correction& last = history.back();
    const double scale =
        1.0 / (last.inverse_curvature * DotProduct(last.gradient_change, last.gradient_change));
    for (double& value : direction) value *= scale;
  }
  for (size_t i = 0; i < history.size(); ++i) {
    const double correction =
        history[i].inverse_curvature * DotProduct(history[i].gradient_change, direction);
    AddScaled(factors[i] - correction, history[i].step, direction);
  }
  for (double& value : direction) value = -value;
  return direction;
}

// Keeps the change from `before` to `after` when it says something about the curvature.
void Remember(const Point& before, const Point& after, uint32_t limit,
              std::deque<Correction>* history) {
  Correction correction{after.x, after.gradient};
  AddScaled(-1.0, before.x, correction.step);
  AddScaled(-1.0, before.gradient, correction.gradient_change);
  const double curvature = DotProduct(correction.step, correction.gradient_change);
  const double change = DotProduct(correction.gradient_change, correction.gradient_change);
  if (!(curvature > 1e-10 * change)) return;
  correction.inverse_curvature = 1.0 / curvature;
  history->push_back(std::move(correction));
  if (history->size() > limit) history->pop_front();
}

}  // namespace

Result<LbfgsOutcome> MinimizeLbfgs(const Objective& objective, const LbfgsOptions& options,
                                   std::span<double> x) {
  Point current{{x.begin(), x.end()}, std::vector<double>(x.size())};
  LLMEMBED_ASSIGN_OR_RETURN(current.value, objective(current.x, current.gradient));
  if (!std::isfinite(current.value) || !std::isfinite(LargestMagnitude(current.gradient))) {
    return Status(StatusCode::kBadData,
                  "the training loss is not finite: the features are too large for f32");
  }

  LbfgsOutcome outcome{current.value, 0, 1, false};
  std::deque<Correction> history;
  while (true) {
    outcome.converged = LargestMagnitude(current.gradient) <= options.gradient_tolerance;
    if (outcome.converged || outcome.iterations == options.max_iterations) break;
    std::vector<double> direction = Direction(history, current.gradient);
    if (!(DotProduct(direction, current.gradient) < 0.0)) {
      history.clear();
      direction = Direction(history, current.gradient);
    }
    // Without a curvature estimate the gradient's length says nothing of the step's: take 1.
    const double first_step =
        history.empty() ? 1.0 / std::sqrt(DotProduct(direction, direction)) : 1.0;
    LineSearch search(objective, current, direction);
    LLMEMBED_ASSIGN_OR_RETURN(const bool found, search.Run(first_step));
    outcome.evaluations += search.evaluations();
    if (!found && history.empty()) break;
    if (!found) {
      history.clear();
      continue;
    }
    ++outcome.iterations;
    Remember(current, search.point(), options.history, &history);
    std::swap(current, search.point());
  }
  outcome.value = current.value;
  std::copy(current.x.begin(), current.x.end(), x.begin());
  return outcome;
}

}  // namespace llmembed::head
