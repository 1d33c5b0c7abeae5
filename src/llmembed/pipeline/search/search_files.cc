#include "pipeline/search/search_files.h"

#include <algorithm>

#include "base/file_io.h"
#include "eval/plot/line_plot.h"
#include "eval/plot/plot_csv.h"
#include "eval/plot/scatter_plot.h"

namespace llmembed::pipeline {
namespace {

constexpr size_t kPlottedCandidates = 25;  // the most accurate

eval::LinePlot LayersPlot(const std::vector<LayerCurve>& curves) {
  eval::LinePlot plot{.labels = {"Accuracy of single layers", "layer", "accuracy"}};
  for (const LayerCurve& curve : curves) {
    if (curve.layers.empty()) continue;
    eval::Series series{.name = curve.backbone};
    for (const auto& [layer, candidate] : curve.layers) {
      series.points.push_back(
          {.x = static_cast<double>(layer),
           .y = candidate->accuracy,
           .interval = eval::Interval{candidate->accuracy - candidate->deviation,
                                      candidate->accuracy + candidate->deviation}});
    }
    plot.series.push_back(std::move(series));
  }
  return plot;
}

eval::ScatterPlot CandidatesPlot(const SearchReport& report) {
  eval::ScatterPlot plot{.labels = {"Accuracy for its cost", "ms a text", "accuracy"}};
  for (const SearchCandidate& candidate : report.candidates) {
    plot.points.push_back({candidate.fusion, candidate.milliseconds_per_text, candidate.accuracy});
  }
  return plot;
}

}  // namespace

Result<std::vector<std::string>> WriteSearchFiles(const SearchReport& report,
                                                  const std::vector<LayerCurve>& curves,
                                                  const std::string& folder) {
  LLMEMBED_RETURN_IF_ERROR(base::MakeFolders(folder));
  std::vector<std::string> files;
  const auto write = [&](const char* name, const std::string& contents) {
    files.push_back(folder + "/" + name);
    return base::WriteFileAtomically(files.back(), contents);
  };
  LLMEMBED_RETURN_IF_ERROR(write("recipe.yaml", report.recipe));
  const eval::LinePlot layers = LayersPlot(curves);
  LLMEMBED_ASSIGN_OR_RETURN(const std::string layers_svg, eval::LinePlotSvg(layers));
  LLMEMBED_RETURN_IF_ERROR(write("layers.svg", layers_svg));
  LLMEMBED_RETURN_IF_ERROR(write("layers.csv", eval::SeriesToCsv(layers.series)));
  eval::ScatterPlot candidates = CandidatesPlot(report);
  LLMEMBED_RETURN_IF_ERROR(write("candidates.csv", eval::ScatterToCsv(candidates)));
  for (size_t i = 0; i < candidates.points.size(); ++i) {
    // Only what is worth taking has room for its name.
    if (!report.candidates[i].is_on_front) candidates.points[i].name.clear();
  }
  std::ranges::stable_sort(candidates.points, std::ranges::greater(), &eval::ScatterPoint::y);
  candidates.points.resize(std::min(candidates.points.size(), kPlottedCandidates));
  LLMEMBED_ASSIGN_OR_RETURN(const std::string candidates_svg, eval::ScatterPlotSvg(candidates));
  LLMEMBED_RETURN_IF_ERROR(write("candidates.svg", candidates_svg));
  LLMEMBED_RETURN_IF_ERROR(write("report.json", eval::SearchToJsonText(report)));
  return files;
}

}  // namespace llmembed::pipeline
