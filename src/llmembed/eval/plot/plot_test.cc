#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "eval/plot/line_plot.h"
#include "eval/plot/plot_csv.h"
#include "eval/plot/scatter_plot.h"

namespace llmembed::eval {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

LinePlot OneSeries(std::vector<SeriesPoint> points) {
  return {.labels = {"title", "x", "y"}, .series = {{"s", std::move(points)}}};
}

void ExpectRefused(const Result<std::string>& svg, const std::string& what) {
  ASSERT_FALSE(svg.ok()) << what;
  EXPECT_EQ(svg.status().code(), StatusCode::kBadData);
  EXPECT_THAT(svg.status().message(), HasSubstr(what));
}

TEST(LinePlotTest, RefusesWhatCannotBeDrawn) {
  ExpectRefused(LinePlotSvg({}), "no series");
  ExpectRefused(LinePlotSvg(OneSeries({})), "'s' has no point");
  for (const double value : {kNan, kInfinity, -kInfinity, 1e101}) {
    ExpectRefused(LinePlotSvg(OneSeries({{value, 1}})), "not finite");
    ExpectRefused(LinePlotSvg(OneSeries({{1, value}})), "not finite");
    ExpectRefused(LinePlotSvg(OneSeries({{1, 1, Interval{value, 2}}})), "not finite");
    ExpectRefused(LinePlotSvg(OneSeries({{1, 1, Interval{0, value}}})), "not finite");
  }
  ExpectRefused(LinePlotSvg(OneSeries({{2, 1}, {1, 1}})), "order of x");
  ExpectRefused(LinePlotSvg(OneSeries({{1, 1}, {1, 2}})), "order of x");
  ExpectRefused(LinePlotSvg(OneSeries({{1, 1, Interval{2, 0}}})), "ends before it begins");
  LinePlot many;
  many.series.assign(kStyles + 1, {"s", {{1, 1}}});
  ExpectRefused(LinePlotSvg(many), "29 series");
}

TEST(LinePlotTest, IsTheSameFileEachTime) {
  const LinePlot plot = OneSeries({{1, 0.5, Interval{0.4, 0.6}}, {2, 0.75}});
  EXPECT_EQ(*LinePlotSvg(plot), *LinePlotSvg(plot));
}

// Bands stand over stretches of points with intervals; a single one has a bar with two caps.
TEST(LinePlotTest, DrawsIntervals) {
  const Interval some = {0.0, 1.0};
  LinePlot plot = OneSeries({{1, 0.5, some}, {2, 0.5, some}, {3, 0.5}, {4, 0.5, some}, {5, 0.5}});
  const std::string bands = *LinePlotSvg(plot);
  EXPECT_EQ(Count(bands, "fill-opacity=\"0.16\""), 1U);
  EXPECT_EQ(Count(bands, "stroke-width=\"1.2\""), 3U);
  plot.intervals = IntervalStyle::kBars;
  const std::string bars = *LinePlotSvg(plot);
  EXPECT_EQ(Count(bars, "fill-opacity"), 0U);
  EXPECT_EQ(Count(bars, "stroke-width=\"1.2\""), 9U);
}

TEST(LinePlotTest, ThinsOutMarkers) {
  LinePlot plot = OneSeries({{0, 0}, {1, 1}, {2, 0}});
  EXPECT_EQ(Count(*LinePlotSvg(plot), "<circle"), 3U + 1U);  // and the legend's
  for (int i = 3; i < 1000; ++i) plot.series[0].points.push_back({1.0 * i, 0.5});
  EXPECT_LE(Count(*LinePlotSvg(plot), "<circle"), 25U);
  EXPECT_GE(Count(*LinePlotSvg(plot), "<circle"), 20U);
}

TEST(StyleTest, AllAreDifferent) {
  std::set<std::pair<std::string_view, std::string_view>> styles;
  for (size_t i = 0; i < kStyles; ++i) styles.insert({StyleOf(i).color, StyleOf(i).dash});
  EXPECT_EQ(styles.size(), kStyles);
}

TEST(ParetoFrontTest, HoldsWhatNothingBeats) {
  const std::vector<ScatterPoint> points = {
      {"dear", 9, 0.9}, {"cheap", 1, 0.5},    {"worse", 5, 0.4},   {"middle", 5, 0.8},
      {"same", 5, 0.8}, {"as good", 10, 0.9}, {"as cheap", 1, 0.4}};
  EXPECT_THAT(ParetoFront(points, Better::kLess, Better::kMore), ElementsAre(1, 3, 4, 0));
  EXPECT_THAT(ParetoFront(points, Better::kMore, Better::kMore), ElementsAre(5));
  EXPECT_THAT(ParetoFront(points, Better::kLess, Better::kLess), ElementsAre(6));
  EXPECT_THAT(ParetoFront(points, Better::kMore, Better::kLess), ElementsAre(5, 2));
  EXPECT_THAT(ParetoFront({}, Better::kLess, Better::kMore), ElementsAre());
}

TEST(ScatterPlotTest, RefusesWhatCannotBeDrawn) {
  ExpectRefused(ScatterPlotSvg({}), "no point");
  for (const double value : {kNan, kInfinity, -1e101}) {
    ExpectRefused(ScatterPlotSvg({.points = {{"p", value, 1}}}), "'p' has a number");
    ExpectRefused(ScatterPlotSvg({.points = {{"p", 1, value}}}), "'p' has a number");
  }
  for (const double value : {0.0, -1.0}) {
    const ScatterPlot plot = {.points = {{"p", value, 1}}, .x_scale = AxisScale::kLog10};
    ExpectRefused(ScatterPlotSvg(plot), "logarithmic");
  }
  ScatterPlot many;
  many.points.assign(kMostScatterPoints + 1, {"p", 1, 1});
  ExpectRefused(ScatterPlotSvg(many), "101 points");
}

TEST(ScatterPlotTest, MarksTheFrontAndTheOthers) {
  const ScatterPlot plot = {.points = {{"a", 1, 1}, {"b", 2, 3}, {"c", 3, 2}}};
  const std::string svg = *ScatterPlotSvg(plot);
  EXPECT_EQ(Count(svg, "fill=\"#0072b2\" stroke=\"#ffffff\""), 2U + 1U);  // and the legend's
  EXPECT_EQ(Count(svg, "fill=\"#ffffff\" stroke=\"#666666\""), 1U + 1U);
  for (const char* name : {">a<", ">b<", ">c<"}) EXPECT_EQ(Count(svg, name), 1U);
  EXPECT_EQ(svg, *ScatterPlotSvg(plot));
}

TEST(CsvTest, QuotesAndKeepsEveryDigit) {
  const Series series[] = {{"a,\"b\"\r\n", {{1, 0.1 + 0.2, Interval{-1e-30, 1}}, {2.5, 3}}},
                           {"plain", {{0, 1}}}};
  EXPECT_EQ(SeriesToCsv(series),
            "series,x,y,low,high\r\n"
            "\"a,\"\"b\"\"\r\n\",1,0.30000000000000004,-1e-30,1\r\n"
            "\"a,\"\"b\"\"\r\n\",2.5,3,,\r\n"
            "plain,0,1,,\r\n");
  EXPECT_EQ(ScatterToCsv({.points = {{"good", 1, 2}, {"bad", 2, 1}}}),
            "name,x,y,pareto_front\r\ngood,1,2,yes\r\nbad,2,1,no\r\n");
}

}  // namespace
}  // namespace llmembed::eval
