#include "eval/plot/scatter_plot.h"

#include <algorithm>
#include <cmath>

#include "eval/plot/label_placer.h"
#include "eval/text_table.h"

namespace llmembed::eval {
namespace {

constexpr size_t kNameCharacters = 32;
constexpr double kNameSize = 12.0;
constexpr double kNameHeight = 14.0;
constexpr double kPointBox = 10.0;    // what a marker covers
constexpr double kNameMargin = 0.08;  // of the axis, for names above and below the last points
constexpr double kLineRoom = 4.0;     // on each side of the front
constexpr double kLeaderFrom = 12.0;  // pixels between a name and its point that need a line

MarkStyle FrontStyle() { return StyleOf(0); }
MarkStyle OtherStyle() { return {.color = kFaintInk, .dash = "none", .shape = 0}; }

Status Check(const ScatterPlot& plot) {
  if (plot.points.empty()) return {StatusCode::kBadData, "there is no point to draw"};
  if (plot.points.size() > kMostScatterPoints) {
    return {StatusCode::kBadData, std::to_string(plot.points.size()) +
                                      " points have no room for their names; at most " +
                                      std::to_string(kMostScatterPoints) + " have"};
  }
  for (const ScatterPoint& point : plot.points) {
    const auto bad = [&point](const std::string& what) {
      return Status(StatusCode::kBadData, "the point '" + point.name + "' " + what);
    };
    // False for NaN as well.
    if (!(std::abs(point.x) <= kLargestPlotted && std::abs(point.y) <= kLargestPlotted)) {
      return bad("has a number that is not finite or far too large");
    }
    if (plot.x_scale == AxisScale::kLog10 && !(point.x >= 1.0 / kLargestPlotted)) {
      return bad("is not above 0, where a logarithmic axis begins");
    }
  }
  return {};
}

class ScatterPlotter {
 public:
  ScatterPlotter(const ScatterPlot& plot, Figure* figure)
      : plot_(plot),
        figure_(*figure),
        placer_({figure->left(), figure->top(), figure->right() - figure->left(),
                 figure->bottom() - figure->top()}),
        front_(ParetoFront(plot.points, plot.better_x, plot.better_y)) {
    for (const ScatterPoint& point : plot.points) places_.push_back(figure_.At(point.x, point.y));
  }

  void Draw() {
    DrawFront();
    for (const Pixel& place : places_) {
      placer_.AddObstacle({place.x - kPointBox / 2, place.y - kPointBox / 2, kPointBox, kPointBox});
    }
    std::vector<bool> is_on_front(places_.size(), false);
    for (const size_t i : front_) is_on_front[i] = true;
    for (const size_t i : front_) DrawName(i);  // first: they have the best room
    for (size_t i = 0; i < places_.size(); ++i) {
      if (!is_on_front[i]) DrawName(i);
    }
    for (size_t i = 0; i < places_.size(); ++i) {
      if (!is_on_front[i]) figure_.DrawMarker(places_[i], OtherStyle(), true);
    }
    for (const size_t i : front_) figure_.DrawMarker(places_[i], FrontStyle(), false);
  }

 private:
  // From the worst y straight to the first point, along the front, and straight to the worst x.
  void DrawFront() {
    const double worst_x = plot_.better_x == Better::kLess ? figure_.right() : figure_.left();
    const double worst_y = plot_.better_y == Better::kMore ? figure_.bottom() : figure_.top();
    std::vector<Pixel> steps = {{places_[front_.front()].x, worst_y}};
    for (const size_t i : front_) {
      steps.push_back({places_[i].x, steps.back().y});
      steps.push_back(places_[i]);
    }
    steps.push_back({worst_x, steps.back().y});
    std::vector<Pixel> region = steps;
    region.push_back({worst_x, worst_y});
    figure_.svg().Element(
        "polygon",
        {{"points", SvgPoints(region)}, {"fill", FrontStyle().color}, {"fill-opacity", 0.06}});
    figure_.svg().Element("polyline", {{"points", SvgPoints(steps)},
                                       {"fill", "none"},
                                       {"stroke", FrontStyle().color},
                                       {"stroke-width", 1.6}});
    for (size_t i = 1; i < steps.size(); ++i) {
      const Pixel& a = steps[i - 1];
      const Pixel& b = steps[i];
      placer_.AddObstacle({std::min(a.x, b.x) - 1, std::min(a.y, b.y) - 1, std::abs(a.x - b.x) + 2,
                           std::abs(a.y - b.y) + 2});
    }
  }

  void DrawName(size_t index) {
    const std::string name = CellText(plot_.points[index].name, kNameCharacters);
    const Pixel point = places_[index];
    const PlotBox box = placer_.Place(point, TextWidth(name, kNameSize), kNameHeight);
    const Pixel nearest = {std::clamp(point.x, box.left, box.left + box.width),
                           std::clamp(point.y, box.top, box.top + box.height)};
    if (std::hypot(point.x - nearest.x, point.y - nearest.y) > kLeaderFrom) {
      figure_.DrawLine(point, nearest, kFaintInk, 0.7);
    }
    // The box is rather too wide: the text goes to the side of it where the point is.
    const bool is_right = box.left >= point.x;
    const bool is_left = box.left + box.width <= point.x;
    const std::string_view anchor = is_right ? "start" : is_left ? "end" : "middle";
    const double x = is_right  ? box.left
                     : is_left ? box.left + box.width
                               : box.left + box.width / 2;
    figure_.svg().Text(name, {{"x", x},
                              {"y", box.top + kNameHeight - 3.5},
                              {"font-size", kNameSize},
                              {"text-anchor", anchor},
                              {"fill", kInk},
                              {"stroke", kPaper},  // around the letters, over what they cross
                              {"stroke-opacity", 0.75},
                              {"stroke-width", 3.0},
                              {"paint-order", "stroke"}});
  }

  const ScatterPlot& plot_;
  Figure& figure_;
  LabelPlacer placer_;
  std::vector<size_t> front_;
  std::vector<Pixel> places_;
};

}  // namespace

Result<std::string> ScatterPlotSvg(const ScatterPlot& plot) {
  LLMEMBED_RETURN_IF_ERROR(Check(plot));
  const auto by_x = [](const ScatterPoint& a, const ScatterPoint& b) { return a.x < b.x; };
  const auto by_y = [](const ScatterPoint& a, const ScatterPoint& b) { return a.y < b.y; };
  const auto [left, right] = std::minmax_element(plot.points.begin(), plot.points.end(), by_x);
  const auto [low, high] = std::minmax_element(plot.points.begin(), plot.points.end(), by_y);
  const Axis x = MakeAxis(left->x, right->x, {.scale = plot.x_scale});
  const Axis y =
      MakeAxis(low->y, high->y, {.ends_at_ticks = true, .most_ticks = 8, .margin = kNameMargin});
  const std::vector<LegendEntry> legend = {
      {.name = "Pareto front", .style = FrontStyle()},
      {.name = "dominated", .style = OtherStyle(), .has_line = false, .is_hollow = true}};
  Figure figure(plot.labels, x, y, legend);
  ScatterPlotter(plot, &figure).Draw();
  return figure.svg().Finish();
}

}  // namespace llmembed::eval
