// Scatter charts with the Pareto front: which choice is good for what it costs.
#pragma once

#include <string>
#include <vector>

#include "eval/plot/figure.h"
#include "eval/plot/pareto.h"
#include "llmembed/status.h"

namespace llmembed::eval {

struct ScatterPlot {
  PlotLabels labels;
  std::vector<ScatterPoint> points;
  Better better_x = Better::kLess;  // e.g. cost
  Better better_y = Better::kMore;  // e.g. accuracy
  AxisScale x_scale = AxisScale::kLinear;
};

// More names than this find no room.
inline constexpr size_t kMostScatterPoints = 100;

// An SVG file; the same bytes for the same chart. Points on the front are full, others hollow; the
// front is a step line around all that some point is at least as good as.
// kBadData: no points or more than kMostScatterPoints, a number that is not finite or beyond
// kLargestPlotted, and on a logarithmic scale an x that is not positive.
Result<std::string> ScatterPlotSvg(const ScatterPlot& plot);

}  // namespace llmembed::eval
