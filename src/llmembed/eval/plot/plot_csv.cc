#include "eval/plot/plot_csv.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "eval/decimal.h"

namespace llmembed::eval {
namespace {

std::string Field(std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char c : text) field += c == '"' ? std::string("\"\"") : std::string(1, c);
  return field + "\"";
}

}  // namespace

std::string SeriesToCsv(std::span<const Series> series) {
  std::string csv = "series,x,y,low,high\r\n";
  for (const Series& one : series) {
    const std::string name = Field(one.name);
    for (const SeriesPoint& point : one.points) {
      csv += name + "," + ShortestDecimal(point.x) + "," + ShortestDecimal(point.y) + ",";
      csv += point.interval ? ShortestDecimal(point.interval->low) + "," +
                                  ShortestDecimal(point.interval->high)
                            : std::string(",");
      csv += "\r\n";
    }
  }
  return csv;
}

std::string ScatterToCsv(const ScatterPlot& plot) {
  const std::vector<size_t> front = ParetoFront(plot.points, plot.better_x, plot.better_y);
  std::string csv = "name,x,y,pareto_front\r\n";
  for (size_t i = 0; i < plot.points.size(); ++i) {
    const ScatterPoint& point = plot.points[i];
    const bool is_on_front = std::find(front.begin(), front.end(), i) != front.end();
    csv += Field(point.name) + "," + ShortestDecimal(point.x) + "," + ShortestDecimal(point.y) +
           (is_on_front ? ",yes\r\n" : ",no\r\n");
  }
  return csv;
}

}  // namespace llmembed::eval
