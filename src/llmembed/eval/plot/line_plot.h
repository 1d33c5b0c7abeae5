// Line charts: series over epochs, layers and the like.
#pragma once

#include <string>
#include <vector>

#include "eval/plot/figure.h"
#include "eval/plot/series.h"
#include "llmembed/status.h"

namespace llmembed::eval {

enum class IntervalStyle { kBand, kBars };

struct LinePlot {
  PlotLabels labels;
  std::vector<Series> series;
  IntervalStyle intervals = IntervalStyle::kBand;
};

// An SVG file; the same bytes for the same chart. Ticks of x are whole numbers where all x are.
// Markers stand on every n-th point, as there is room.
// kBadData: no series or more than kStyles, a series without a point, a number that is not finite
// or beyond kLargestPlotted, x not ascending, an interval whose ends are the wrong way round.
Result<std::string> LinePlotSvg(const LinePlot& plot);

}  // namespace llmembed::eval
