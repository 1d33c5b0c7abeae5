#include "head/line_search.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace llmembed::head {
namespace {

constexpr double kSufficientDecrease = 1e-4;  // c1
constexpr double kCurvature = 0.9;            // c2
constexpr uint32_t kMaxTrials = 20;           // in each of the two phases
constexpr double kExpansion = 4.0;

}  // namespace

double DotProduct(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

LineSearch::LineSearch(const Objective& objective, const Point& start,
                       std::span<const double> direction)
    : objective_(objective),
      start_(start),
      direction_(direction),
      origin_{0.0, start.value, DotProduct(start.gradient, direction)},
      point_{std::vector<double>(start.x.size()), std::vector<double>(start.x.size())} {}

Result<LineSearch::Trial> LineSearch::Evaluate(double step) {
  for (size_t i = 0; i < point_.x.size(); ++i) {
    point_.x[i] = start_.x[i] + step * direction_[i];
  }
  ++evaluations_;
  LLMEMBED_ASSIGN_OR_RETURN(point_.value, objective_(point_.x, point_.gradient));
  return Trial{step, point_.value, DotProduct(point_.gradient, direction_)};
}

bool LineSearch::LowersEnough(const Trial& trial) const {
  return std::isfinite(trial.slope) &&
         trial.value <= origin_.value + kSufficientDecrease * trial.step * origin_.slope;
}

bool LineSearch::IsFlatEnough(const Trial& trial) const {
  return std::abs(trial.slope) <= -kCurvature * origin_.slope;
}

Result<bool> LineSearch::Run(double first_step) {
  Trial previous = origin_;
  double step = first_step;
  for (uint32_t i = 0; i < kMaxTrials; ++i) {
    LLMEMBED_ASSIGN_OR_RETURN(const Trial trial, Evaluate(step));
    if (!LowersEnough(trial) || (i > 0 && trial.value >= previous.value)) {
      return Zoom(previous, trial);
    }
    if (IsFlatEnough(trial)) return true;
    if (trial.slope >= 0.0) return Zoom(trial, previous);
    previous = trial;
    step *= kExpansion;
  }
  return true;  // still falling, far out: the last point is good progress
}

Result<bool> LineSearch::Zoom(Trial low, Trial high) {
  for (uint32_t i = 0; i < kMaxTrials; ++i) {
    LLMEMBED_ASSIGN_OR_RETURN(const Trial trial, Evaluate(Interpolate(low, high)));
    if (!LowersEnough(trial) || trial.value >= low.value) {
      high = trial;
      continue;
    }
    if (IsFlatEnough(trial)) return true;
    if (trial.slope * (high.step - low.step) >= 0.0) high = low;
    low = trial;
  }
  if (low.step == 0.0) return false;
  // Rounding hides the flat spot; `low` is an improvement all the same.
  LLMEMBED_ASSIGN_OR_RETURN(low, Evaluate(low.step));
  return true;
}

double LineSearch::Interpolate(const Trial& low, const Trial& high) {
  const double width = high.step - low.step;
  const double middle = low.step + 0.5 * width;
  if (!std::isfinite(high.value) || !std::isfinite(high.slope)) return low.step + 0.1 * width;
  // The minimum of the cubic through both values and slopes (Nocedal and Wright, 3.59).
  const double d1 =
      low.slope + high.slope - 3.0 * (low.value - high.value) / (low.step - high.step);
  const double square = d1 * d1 - low.slope * high.slope;
  if (square < 0.0) return middle;
  const double d2 = std::copysign(std::sqrt(square), width);
  const double step =
      high.step - width * (high.slope + d2 - d1) / (high.slope - low.slope + 2.0 * d2);
  const double share = (step - low.step) / width;
  return share >= 0.1 && share <= 0.9 ? step : middle;
}

}  // namespace llmembed::head
