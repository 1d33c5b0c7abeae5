#include "pipeline/state_comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace llmembed::pipeline {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// NaN and what is beyond the bar are both out of it.
bool IsWithin(double value, double bar) { return bar < 0.0 || value <= bar; }

// The larger one; a NaN counts as infinite.
void Raise(double value, double* largest) {
  *largest = std::max(*largest, std::isnan(value) ? kInfinity : value);
}

}  // namespace

std::string StateName(const backbone::StatePoint& point) {
  return std::to_string(point.layer) + (point.is_before_final_norm ? ".raw" : "");
}

StateDifference CompareStates(std::string name, std::span<const float> expected,
                              std::span<const float> actual, size_t width, const StateBars& bars) {
  StateDifference difference;
  difference.state = std::move(name);
  for (size_t begin = 0; begin < expected.size(); begin += width) {
    double squares = 0.0;
    double expected_squares = 0.0;
    double actual_squares = 0.0;
    double product = 0.0;
    for (size_t i = begin; i < begin + width; ++i) {
      const double a = expected[i];
      const double b = actual[i];
      Raise(std::abs(a - b), &difference.max_abs);
      squares += (a - b) * (a - b);
      expected_squares += a * a;
      actual_squares += b * b;
      product += a * b;
    }
    if (squares == 0.0) continue;  // also of two states that are all zeros
    Raise(std::sqrt(squares / expected_squares), &difference.max_relative);
    const double cosine = product / std::sqrt(expected_squares * actual_squares);
    Raise(std::isnan(cosine) ? cosine : std::max(0.0, 1.0 - cosine), &difference.cosine_distance);
  }
  difference.is_within = IsWithin(difference.max_relative, bars.relative) &&
                         IsWithin(difference.cosine_distance, bars.cosine_distance);
  return difference;
}

void CompareAllStates(const extract::LayerStates& expected, const extract::LayerStates& actual,
                      const StateBars& bars, ModelCheck* check) {
  for (size_t i = 0; i < expected.points.size(); ++i) {
    check->states.push_back(CompareStates(StateName(expected.points[i]), expected.states[i],
                                          actual.states[i], expected.width, bars));
    const StateDifference& state = check->states.back();
    if (!state.is_within && check->first_difference.empty()) check->first_difference = state.state;
  }
}

}  // namespace llmembed::pipeline
