// Finds room for the names of points.
#pragma once

#include <vector>

#include "eval/plot/svg.h"

namespace llmembed::eval {

struct PlotBox {
  double left = 0.0, top = 0.0;
  double width = 0.0, height = 0.0;
};

// Greedy: each label takes the best of some places around its point, as things stand then.
class LabelPlacer {
 public:
  // Labels stay in `area` if they can.
  explicit LabelPlacer(const PlotBox& area) : area_(area) {}

  // Something that labels should not cover.
  void AddObstacle(const PlotBox& box) { taken_.push_back(box); }

  // Where a label of this size goes; it is an obstacle then.
  PlotBox Place(Pixel point, double width, double height);

 private:
  double Cost(const PlotBox& box) const;

  PlotBox area_;
  std::vector<PlotBox> taken_;
};

}  // namespace llmembed::eval
