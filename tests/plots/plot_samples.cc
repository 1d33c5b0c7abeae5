// Writes charts of many kinds into a folder, for plot_files_test.py, and for people to look at:
//
//   plot_samples FOLDER
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

#include "base/file_io.h"
#include "eval/plot/line_plot.h"
#include "eval/plot/plot_csv.h"
#include "eval/plot/scatter_plot.h"

namespace {

using namespace llmembed::eval;  // NOLINT(google-build-using-namespace): all of the charts
using llmembed::Result;
using llmembed::Status;

constexpr const char* kHostile = "<b>&\"quoted\"'\x01\xFF</text> caf\xC3\xA9, \xE4\xB8\xAD";

Series Curve(const std::string& name, double limit, double speed, int points) {
  Series series = {.name = name, .points = {}};
  for (int i = 1; i <= points; ++i) {
    const double y = limit - 0.4 * std::exp(-speed * i) + 0.002 * std::sin(3.1 * i * speed);
    const double half = 0.03 * std::exp(-0.05 * i) + 0.004;
    series.points.push_back({static_cast<double>(i), y, Interval{y - half, y + half}});
  }
  return series;
}

LinePlot Epochs() {
  return {.labels = {"Accuracy by epoch, SST-2", "epoch", "accuracy"},
          .series = {Curve("co-occurrence pooling", 0.958, 0.35, 30),
                     Curve("concatenation", 0.949, 0.2, 30), Curve("mean", 0.931, 0.11, 30)}};
}

LinePlot Layers() {
  LinePlot plot = {.labels = {"Macro-F1 by layer, 95 % intervals", "layer", "macro-F1"},
                   .series = {Curve("mean", 0.93, 0.5, 12), Curve("cls", 0.88, 0.3, 12)},
                   .intervals = IntervalStyle::kBars};
  plot.series[1].points[4].interval.reset();
  return plot;
}

LinePlot ManySeries() {
  LinePlot plot = {.labels = {"Loss", "epoch", "loss"}};
  for (size_t i = 0; i < kStyles; ++i) {
    Series series = Curve("series " + std::to_string(i + 1), 1.0, 0.1, 20);
    for (SeriesPoint& point : series.points) {
      point = {.x = point.x, .y = 0.05 * static_cast<double>(i) + point.y};
    }
    plot.series.push_back(std::move(series));
  }
  return plot;
}

ScatterPlot Models(AxisScale scale) {
  return {.labels = {"Accuracy against cost, MR", "seconds for 10,000 texts", "accuracy"},
          .points = {{"minilm", 9.0, 0.812},
                     {"distilbert", 31.0, 0.846},
                     {"bert-base", 64.0, 0.857},
                     {"roberta-base", 66.0, 0.881},
                     {"mpnet", 68.0, 0.883},
                     {"bert-large", 215.0, 0.872},
                     {"roberta-large", 221.0, 0.908},
                     {"smollm2-135m", 118.0, 0.839},
                     {"qwen3-0.6b", 540.0, 0.897},
                     {"llama-7b", 5400.0, 0.954},
                     {"llama-7b + bert + roberta", 5900.0, 0.957}},
          .x_scale = scale};
}

ScatterPlot Crowd() {
  ScatterPlot plot = {.labels = {"Forty choices", "joules", "macro-F1"}};
  for (int i = 0; i < 40; ++i) {
    plot.points.push_back(
        {"choice " + std::to_string(i), 1e6 * (1 + i * 7 % 40), 0.8 + 0.004 * (i * 11 % 40)});
  }
  return plot;
}

Status Write(const std::string& path, const Result<std::string>& file) {
  if (!file.ok()) return file.status().WithContext(path);
  return llmembed::base::WriteFileAtomically(path, *file);
}

Status WriteAll(const std::string& folder) {
  const LinePlot one_point = {.labels = {"", "epoch", ""},
                              .series = {{"one", {{3.0, 0.5, Interval{0.4, 0.6}}}}}};
  const LinePlot flat = {.labels = {"Equal values", "layer", "accuracy"},
                         .series = {{"flat", {{0, 0.5}, {1, 0.5}, {2, 0.5}}}}};
  const LinePlot large = {.labels = {"Tokens", "share", "tokens"},
                          .series = {{"read", {{0.1, -2e6}, {0.5, 3.5e6}, {0.9, 1.2e7}}}}};
  const LinePlot hostile = {.labels = {kHostile, kHostile, kHostile},
                            .series = {{kHostile, {{1, 1}, {2, 3}}}, {"", {{1, 2}, {2, 2}}}}};
  const ScatterPlot single = {.labels = {kHostile, "x", "y"}, .points = {{kHostile, 2.0, 1.0}}};
  const std::pair<const char*, Result<std::string>> files[] = {
      {"epochs.svg", LinePlotSvg(Epochs())},
      {"epochs.csv", SeriesToCsv(Epochs().series)},
      {"layers.svg", LinePlotSvg(Layers())},
      {"many.svg", LinePlotSvg(ManySeries())},
      {"one_point.svg", LinePlotSvg(one_point)},
      {"flat.svg", LinePlotSvg(flat)},
      {"large.svg", LinePlotSvg(large)},
      {"hostile.svg", LinePlotSvg(hostile)},
      {"hostile.csv", SeriesToCsv(hostile.series)},
      {"models.svg", ScatterPlotSvg(Models(AxisScale::kLinear))},
      {"models_log.svg", ScatterPlotSvg(Models(AxisScale::kLog10))},
      {"models.csv", ScatterToCsv(Models(AxisScale::kLinear))},
      {"crowd.svg", ScatterPlotSvg(Crowd())},
      {"single.svg", ScatterPlotSvg(single)}};
  for (const auto& [name, file] : files) {
    LLMEMBED_RETURN_IF_ERROR(Write(folder + "/" + name, file));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: plot_samples FOLDER\n");
    return 2;
  }
  const Status status = WriteAll(argv[1]);
  if (!status.ok()) std::fprintf(stderr, "plot_samples: %s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}
