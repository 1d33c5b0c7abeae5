#include "eval/plot/line_plot.h"

#include <algorithm>
#include <cmath>

namespace llmembed::eval {
namespace {

constexpr double kMarkerRoom = 24.0;  // from one marker to the next
constexpr double kCap = 4.0;          // half the width of an error bar's ends

bool IsPlottable(double value) { return std::abs(value) <= kLargestPlotted; }  // false for NaN

Status CheckSeries(const Series& series) {
  const auto bad = [&series](const std::string& what) {
    return Status(StatusCode::kBadData, "the series '" + series.name + "' " + what);
  };
  if (series.points.empty()) return bad("has no point");
  for (size_t i = 0; i < series.points.size(); ++i) {
    const SeriesPoint& point = series.points[i];
    const Interval interval = point.interval.value_or(Interval{point.y, point.y});
    for (const double value : {point.x, point.y, interval.low, interval.high}) {
      if (!IsPlottable(value)) return bad("has a number that is not finite or far too large");
    }
    if (i > 0 && point.x <= series.points[i - 1].x) return bad("is not in the order of x");
    if (interval.low > interval.high) return bad("has an interval that ends before it begins");
  }
  return {};
}

Status Check(const LinePlot& plot) {
  if (plot.series.empty()) return {StatusCode::kBadData, "there is no series to draw"};
  if (plot.series.size() > kStyles) {
    return {StatusCode::kBadData, std::to_string(plot.series.size()) +
                                      " series cannot be told apart; at most " +
                                      std::to_string(kStyles) + " can"};
  }
  for (const Series& series : plot.series) LLMEMBED_RETURN_IF_ERROR(CheckSeries(series));
  return {};
}

struct Extent {
  double low = kLargestPlotted;
  double high = -kLargestPlotted;
  void Add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

struct Extents {
  Extent x, y;
  bool whole_x = true;
};

Extents ExtentsOf(const LinePlot& plot) {
  Extents extents;
  for (const Series& series : plot.series) {
    for (const SeriesPoint& point : series.points) {
      extents.x.Add(point.x);
      extents.y.Add(point.y);
      if (point.interval) {
        extents.y.Add(point.interval->low);
        extents.y.Add(point.interval->high);
      }
      extents.whole_x = extents.whole_x && point.x == std::floor(point.x);
    }
  }
  return extents;
}

class LinePlotter {
 public:
  LinePlotter(const LinePlot& plot, Figure* figure) : plot_(plot), figure_(*figure) {}

  // Intervals first: no line is hidden under another's band.
  void Draw() {
    for (size_t i = 0; i < plot_.series.size(); ++i) {
      plot_.intervals == IntervalStyle::kBand ? DrawBands(i) : DrawBars(i);
    }
    for (size_t i = 0; i < plot_.series.size(); ++i) DrawSeries(i);
  }

 private:
  // A band over every stretch of points that have intervals; over a single one, a bar.
  void DrawBands(size_t index) {
    const std::vector<SeriesPoint>& points = plot_.series[index].points;
    for (size_t begin = 0; begin < points.size();) {
      size_t end = begin;
      while (end < points.size() && points[end].interval) ++end;
      if (end == begin + 1) DrawBar(points[begin], StyleOf(index));
      if (end > begin + 1) DrawBand(points, begin, end, StyleOf(index));
      begin = end + 1;
    }
  }

  void DrawBand(const std::vector<SeriesPoint>& points, size_t begin, size_t end,
                const MarkStyle& style) {
    std::vector<Pixel> outline;
    for (size_t i = begin; i < end; ++i) {
      outline.push_back(figure_.At(points[i].x, points[i].interval->high));
    }
    for (size_t i = end; i-- > begin;) {
      outline.push_back(figure_.At(points[i].x, points[i].interval->low));
    }
    figure_.svg().Element(
        "polygon", {{"points", SvgPoints(outline)}, {"fill", style.color}, {"fill-opacity", 0.16}});
  }

  void DrawBars(size_t index) {
    for (const SeriesPoint& point : plot_.series[index].points) {
      if (point.interval) DrawBar(point, StyleOf(index));
    }
  }

  void DrawBar(const SeriesPoint& point, const MarkStyle& style) {
    const Pixel low = figure_.At(point.x, point.interval->low);
    const Pixel high = figure_.At(point.x, point.interval->high);
    figure_.DrawLine(low, high, style.color, 1.2);
    for (const Pixel& end : {low, high}) {
      figure_.DrawLine({end.x - kCap, end.y}, {end.x + kCap, end.y}, style.color, 1.2);
    }
  }

  void DrawSeries(size_t index) {
    const MarkStyle style = StyleOf(index);
    std::vector<Pixel> places;
    for (const SeriesPoint& point : plot_.series[index].points) {
      places.push_back(figure_.At(point.x, point.y));
    }
    if (places.size() > 1) {
      figure_.svg().Element("polyline", {{"points", SvgPoints(places)},
                                         {"fill", "none"},
                                         {"stroke", style.color},
                                         {"stroke-width", 2.0},
                                         {"stroke-linejoin", "round"},
                                         {"stroke-dasharray", style.dash}});
    }
    const double room = kAreaWidth / static_cast<double>(places.size());
    const auto every = static_cast<size_t>(std::max(1.0, std::ceil(kMarkerRoom / room)));
    for (size_t i = 0; i < places.size(); i += every) figure_.DrawMarker(places[i], style, false);
  }

  const LinePlot& plot_;
  Figure& figure_;
};

}  // namespace

Result<std::string> LinePlotSvg(const LinePlot& plot) {
  LLMEMBED_RETURN_IF_ERROR(Check(plot));
  const Extents extents = ExtentsOf(plot);
  const Axis x =
      MakeAxis(extents.x.low, extents.x.high, {.whole_numbers = extents.whole_x, .most_ticks = 9});
  const Axis y = MakeAxis(extents.y.low, extents.y.high, {.ends_at_ticks = true, .most_ticks = 8});
  std::vector<LegendEntry> legend;
  for (size_t i = 0; i < plot.series.size(); ++i) {
    legend.push_back({.name = plot.series[i].name,
                      .style = StyleOf(i),
                      .has_line = plot.series[i].points.size() > 1});
  }
  Figure figure(plot.labels, x, y, legend);
  LinePlotter(plot, &figure).Draw();
  return figure.svg().Finish();
}

}  // namespace llmembed::eval
