// The numbers of charts as CSV (RFC 4180), for other programs: a header, lines ending in CR LF,
// numbers in the fewest digits that give the same double back.
#pragma once

#include <span>
#include <string>

#include "eval/plot/scatter_plot.h"
#include "eval/plot/series.h"

namespace llmembed::eval {

// series,x,y,low,high: a line a point; low and high are empty where there is no interval.
std::string SeriesToCsv(std::span<const Series> series);

// name,x,y,pareto_front: a line a point; pareto_front is yes or no.
std::string ScatterToCsv(const ScatterPlot& plot);

}  // namespace llmembed::eval
