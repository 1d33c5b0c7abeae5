// What line charts show.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eval/interval.h"

namespace llmembed::eval {

struct SeriesPoint {
  double x = 0.0;  // e.g. an epoch or a layer
  double y = 0.0;
  std::optional<Interval> interval;  // e.g. of confidence, about y
};

struct Series {
  std::string name;
  std::vector<SeriesPoint> points;  // x ascending
};

}  // namespace llmembed::eval
