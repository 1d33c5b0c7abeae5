#include "eval/plot/label_placer.h"

#include <algorithm>
#include <limits>

namespace llmembed::eval {
namespace {

double Overlap(const PlotBox& a, const PlotBox& b) {
  const double width = std::min(a.left + a.width, b.left + b.width) - std::max(a.left, b.left);
  const double height = std::min(a.top + a.height, b.top + b.height) - std::max(a.top, b.top);
  return width > 0.0 && height > 0.0 ? width * height : 0.0;
}

// Directions from a point, those that read best first.
constexpr Pixel kDirections[] = {{1, 0},  {-1, 0},  {0, -1}, {0, 1},
                                 {1, -1}, {-1, -1}, {1, 1},  {-1, 1}};
constexpr double kDistances[] = {9.0, 20.0, 34.0, 50.0};
// What a place costs for being one further down the lists, in square pixels of overlap.
constexpr double kDirectionCost = 1.0;
constexpr double kDistanceCost = 30.0;
constexpr double kOutsideFactor = 20.0;  // a label that is cut off is worse than one that overlaps

}  // namespace

double LabelPlacer::Cost(const PlotBox& box) const {
  double cost = kOutsideFactor * (box.width * box.height - Overlap(box, area_));
  for (const PlotBox& other : taken_) cost += Overlap(box, other);
  return cost;
}

PlotBox LabelPlacer::Place(Pixel point, double width, double height) {
  PlotBox best;
  double least = std::numeric_limits<double>::infinity();
  double distance_cost = 0.0;
  for (const double distance : kDistances) {
    double direction_cost = 0.0;
    for (const Pixel& direction : kDirections) {
      // The label's nearest side, or corner, is `distance` away; diagonal ones come closer.
      const double away = direction.x != 0.0 && direction.y != 0.0 ? 0.7 * distance : distance;
      const PlotBox box = {point.x + direction.x * (away + width / 2) - width / 2,
                           point.y + direction.y * (away + height / 2) - height / 2, width, height};
      const double cost = Cost(box) + distance_cost + direction_cost;
      if (cost < least) {
        least = cost;
        best = box;
      }
      direction_cost += kDirectionCost;
    }
    distance_cost += kDistanceCost;
  }
  taken_.push_back(best);
  return best;
}

}  // namespace llmembed::eval
