// What charts have in common: paper, title, legend, axes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eval/plot/axis.h"
#include "eval/plot/svg.h"

namespace llmembed::eval {

// "" leaves one out. Longer ones are cut.
struct PlotLabels {
  std::string title;
  std::string x;
  std::string y;
};

// The paper is white whatever is behind the picture, so that it reads on light and dark pages.
inline constexpr std::string_view kPaper = "#ffffff";
inline constexpr std::string_view kInk = "#222222";
inline constexpr std::string_view kFaintInk = "#666666";
inline constexpr double kFontSize = 13.0;
inline constexpr double kAreaWidth = 560.0;  // of the data's area

// How the i-th thing of a chart looks. Colours are those of Okabe and Ito (2008), which the
// colour-blind tell apart, without yellow, which white paper swallows; shapes and dashes say it
// again. The first kStyles are all different.
struct MarkStyle {
  std::string_view color;
  std::string_view dash;  // as stroke-dasharray; "none": solid
  int shape = 0;          // for DrawMarker
};
inline constexpr size_t kStyles = 28;
MarkStyle StyleOf(size_t index);

struct LegendEntry {
  std::string name;
  MarkStyle style;
  bool has_line = true;
  bool is_hollow = false;
};

// Where the parts of a figure are.
struct FigureLayout {
  double width = 0.0, height = 0.0;  // of all of it
  double left = 0.0, top = 0.0;      // of the data's area
  std::vector<Pixel> legend;         // of each entry, at half its height
};

class Figure {
 public:
  // Draws everything but the data.
  Figure(const PlotLabels& labels, Axis x, Axis y, const std::vector<LegendEntry>& legend);

  Pixel At(double x, double y) const;  // of values

  // The data's area.
  double left() const { return layout_.left; }
  double top() const { return layout_.top; }
  double right() const;
  double bottom() const;

  void DrawLine(Pixel from, Pixel to, std::string_view color, double width);
  void DrawMarker(Pixel at, const MarkStyle& style, bool is_hollow);
  SvgWriter& svg() { return svg_; }

 private:
  void DrawLegend(const std::vector<LegendEntry>& legend);
  void DrawAxes();
  void DrawLabels(const PlotLabels& labels);

  Axis x_;
  Axis y_;
  FigureLayout layout_;
  SvgWriter svg_;
};

}  // namespace llmembed::eval
