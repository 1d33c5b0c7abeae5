#include "eval/plot/figure.h"

#include <algorithm>
#include <array>
#include <utility>

#include "eval/text_table.h"

namespace llmembed::eval {
namespace {

constexpr double kAreaHeight = 340.0;
constexpr double kMargin = 16.0;
constexpr double kTitleSize = 15.0;
constexpr double kTickLength = 5.0;
constexpr double kSmallTickLength = 3.0;
constexpr double kLabelGap = 24.0;   // of an axis' own label
constexpr double kLegendRow = 21.0;  // high
constexpr double kLegendSample = 28.0;
constexpr double kLegendGap = 22.0;  // between entries of a row
constexpr double kMarkerSize = 4.0;
constexpr size_t kTitleCharacters = 72;
constexpr size_t kLabelCharacters = 40;
constexpr std::string_view kGrid = "#e2e2e2";

double EntryWidth(const LegendEntry& entry) {
  return kLegendSample + 6 + TextWidth(CellText(entry.name, kLabelCharacters), kFontSize) +
         kLegendGap;
}

// Entries over the data's area: in one row if they fit, else in columns of one width.
std::vector<Pixel> PlaceLegend(const std::vector<LegendEntry>& legend, Pixel corner) {
  double sum = 0.0;
  double widest = 1.0;
  for (const LegendEntry& entry : legend) {
    sum += EntryWidth(entry);
    widest = std::max(widest, EntryWidth(entry));
  }
  const bool is_one_row = sum - kLegendGap <= kAreaWidth;
  const size_t columns = std::max<size_t>(1, static_cast<size_t>(kAreaWidth / widest));
  std::vector<Pixel> places;
  double x = corner.x;
  for (size_t i = 0; i < legend.size(); ++i) {
    const size_t row = is_one_row ? 0 : i / columns;
    if (!is_one_row) x = corner.x + static_cast<double>(i % columns) * widest;
    places.push_back({x, corner.y + kLegendRow * (static_cast<double>(row) + 0.5)});
    x += EntryWidth(legend[i]);
  }
  return places;
}

FigureLayout MakeLayout(const PlotLabels& labels, const Axis& y,
                        const std::vector<LegendEntry>& legend) {
  double tick_width = 0.0;
  for (const AxisTick& tick : y.ticks) {
    tick_width = std::max(tick_width, TextWidth(tick.label, kFontSize));
  }
  FigureLayout layout;
  layout.left = kMargin + (labels.y.empty() ? 0.0 : kLabelGap) + tick_width + kTickLength + 4;
  layout.top = kMargin + (labels.title.empty() ? 0.0 : 30.0);
  layout.legend = PlaceLegend(legend, {layout.left, layout.top});
  if (!legend.empty()) layout.top = layout.legend.back().y + kLegendRow / 2 + 8;
  layout.width = layout.left + kAreaWidth + kMargin + 12;  // half of the last tick's label
  layout.height = layout.top + kAreaHeight + 26 + (labels.x.empty() ? 0.0 : kLabelGap) + kMargin;
  return layout;
}

}  // namespace

MarkStyle StyleOf(size_t index) {
  constexpr std::array<std::string_view, 7> kColors = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                       "#4d4d4d", "#e69f00", "#56b4e9"};
  constexpr std::array<std::string_view, 4> kDashes = {"none", "7 4", "2 3", "9 3 2 3"};
  return {kColors[index % kColors.size()], kDashes[index / kColors.size() % kDashes.size()],
          static_cast<int>(index % 4)};
}

Figure::Figure(const PlotLabels& labels, Axis x, Axis y, const std::vector<LegendEntry>& legend)
    : x_(std::move(x)),
      y_(std::move(y)),
      layout_(MakeLayout(labels, y_, legend)),
      svg_(layout_.width, layout_.height, labels.title) {
  svg_.Element("rect", {{"width", layout_.width}, {"height", layout_.height}, {"fill", kPaper}});
  DrawAxes();
  DrawLabels(labels);
  DrawLegend(legend);
}

double Figure::right() const { return layout_.left + kAreaWidth; }
double Figure::bottom() const { return layout_.top + kAreaHeight; }

Pixel Figure::At(double x, double y) const {
  return {left() + x_.Fraction(x) * kAreaWidth, bottom() - y_.Fraction(y) * kAreaHeight};
}

void Figure::DrawLine(Pixel from, Pixel to, std::string_view color, double width) {
  svg_.Element("line", {{"x1", from.x},
                        {"y1", from.y},
                        {"x2", to.x},
                        {"y2", to.y},
                        {"stroke", color},
                        {"stroke-width", width}});
}

void Figure::DrawMarker(Pixel at, const MarkStyle& style, bool is_hollow) {
  const std::string_view fill = is_hollow ? kPaper : style.color;
  // The rim of paper keeps markers apart where they overlap.
  const std::string_view rim = is_hollow ? style.color : kPaper;
  const double width = is_hollow ? 1.6 : 0.8;
  const double r = kMarkerSize;
  if (style.shape == 0) {
    svg_.Element("circle", {{"cx", at.x},
                            {"cy", at.y},
                            {"r", r},
                            {"fill", fill},
                            {"stroke", rim},
                            {"stroke-width", width}});
    return;
  }
  std::vector<Pixel> corners;
  if (style.shape == 1) {  // square
    corners = {{-r, -r}, {r, -r}, {r, r}, {-r, r}};
  } else if (style.shape == 2) {  // triangle
    corners = {{0, -1.25 * r}, {1.2 * r, 0.95 * r}, {-1.2 * r, 0.95 * r}};
  } else {  // diamond
    corners = {{0, -1.4 * r}, {1.4 * r, 0}, {0, 1.4 * r}, {-1.4 * r, 0}};
  }
  for (Pixel& corner : corners) corner = {at.x + corner.x, at.y + corner.y};
  svg_.Element(
      "polygon",
      {{"points", SvgPoints(corners)}, {"fill", fill}, {"stroke", rim}, {"stroke-width", width}});
}

void Figure::DrawLegend(const std::vector<LegendEntry>& legend) {
  for (size_t i = 0; i < legend.size(); ++i) {
    const LegendEntry& entry = legend[i];
    const Pixel at = layout_.legend[i];
    if (entry.has_line) {
      svg_.Element("line", {{"x1", at.x},
                            {"y1", at.y},
                            {"x2", at.x + kLegendSample},
                            {"y2", at.y},
                            {"stroke", entry.style.color},
                            {"stroke-width", 2.0},
                            {"stroke-dasharray", entry.style.dash}});
    }
    DrawMarker({at.x + kLegendSample / 2, at.y}, entry.style, entry.is_hollow);
    svg_.Text(CellText(entry.name, kLabelCharacters), {{"x", at.x + kLegendSample + 6},
                                                       {"y", at.y + 4.5},
                                                       {"font-size", kFontSize},
                                                       {"fill", kInk}});
  }
}

void Figure::DrawAxes() {
  svg_.OpenGroup({{"font-size", kFontSize}, {"fill", kInk}, {"text-anchor", "end"}});
  for (const AxisTick& tick : y_.ticks) {
    const double y = At(x_.low, tick.value).y;
    DrawLine({left(), y}, {right(), y}, kGrid, 1.0);
    DrawLine({left() - kTickLength, y}, {left(), y}, kInk, 1.0);
    svg_.Text(tick.label, {{"x", left() - kTickLength - 4}, {"y", y + 4.5}});
  }
  svg_.CloseGroup();
  svg_.OpenGroup({{"font-size", kFontSize}, {"fill", kInk}, {"text-anchor", "middle"}});
  for (const AxisTick& tick : x_.ticks) {
    const double x = At(tick.value, y_.low).x;
    const double length = tick.label.empty() ? kSmallTickLength : kTickLength;
    DrawLine({x, bottom()}, {x, bottom() + length}, kInk, 1.0);
    if (tick.label.empty()) continue;
    svg_.Text(tick.label, {{"x", x}, {"y", bottom() + kTickLength + 15}});
  }
  svg_.CloseGroup();
  const std::array<Pixel, 3> frame = {
      Pixel{left(), top()}, {left(), bottom()}, {right(), bottom()}};
  svg_.Element("polyline", {{"points", SvgPoints(frame)}, {"fill", "none"}, {"stroke", kInk}});
}

void Figure::DrawLabels(const PlotLabels& labels) {
  if (!labels.title.empty()) {
    svg_.Text(CellText(labels.title, kTitleCharacters), {{"x", left()},
                                                         {"y", kMargin + 13},
                                                         {"font-size", kTitleSize},
                                                         {"font-weight", "bold"},
                                                         {"fill", kInk}});
  }
  if (!labels.x.empty()) {
    svg_.Text(CellText(labels.x, kTitleCharacters), {{"x", (left() + right()) / 2},
                                                     {"y", bottom() + 26 + kLabelGap - 6},
                                                     {"font-size", kFontSize},
                                                     {"text-anchor", "middle"},
                                                     {"fill", kInk}});
  }
  if (!labels.y.empty()) {
    svg_.OpenGroup(
        {{"transform", "translate(" + std::to_string(static_cast<int>(kMargin + 12)) + " " +
                           std::to_string(static_cast<int>((top() + bottom()) / 2)) +
                           ") rotate(-90)"}});
    svg_.Text(CellText(labels.y, kLabelCharacters),
              {{"font-size", kFontSize}, {"text-anchor", "middle"}, {"fill", kInk}});
    svg_.CloseGroup();
  }
}

}  // namespace llmembed::eval
