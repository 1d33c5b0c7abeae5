// Axes of a chart: what range they show and where their ticks are.
#pragma once

#include <string>
#include <vector>

namespace llmembed::eval {

enum class AxisScale { kLinear, kLog10 };

struct AxisTick {
  double value = 0.0;
  std::string label;  // "": a small tick between others
};

struct Axis {
  AxisScale scale = AxisScale::kLinear;
  double low = 0.0;
  double high = 1.0;
  std::vector<AxisTick> ticks;  // within [low, high], ascending

  // Where a value is between the axis' ends, 0 to 1.
  double Fraction(double value) const;
};

struct AxisRules {
  AxisScale scale = AxisScale::kLinear;
  bool whole_numbers = false;  // linear: ticks at whole numbers only, as for epochs and layers
  bool ends_at_ticks = false;  // linear: the range is widened to ticks if it can be; else a little
  int most_ticks = 7;          // about
  double margin = 0.03;        // linear: what the range is widened by where it needs to be
};

// The largest magnitude that can be shown.
inline constexpr double kLargestPlotted = 1e100;

// The axis that shows [smallest, largest]. Equal ends get a range around them. Ticks stand at 1, 2
// or 5 times a power of ten; over more than two decades of a logarithmic axis at powers alone, with
// small ticks between them. What is shown never stands on an end of a linear axis.
// Preconditions: smallest <= largest, magnitudes at most kLargestPlotted; kLog10: smallest > 0.
Axis MakeAxis(double smallest, double largest, const AxisRules& rules);

}  // namespace llmembed::eval
