#include "pipeline/training_curves.h"

#include "base/file_io.h"
#include "eval/plot/line_plot.h"
#include "eval/plot/plot_csv.h"

namespace llmembed::pipeline {

Result<std::vector<std::string>> WriteTrainingCurves(std::span<const head::TrainingLogEntry> log,
                                                     const std::string& folder) {
  eval::LinePlot loss{.labels = {"Loss by epoch", "epoch", "loss"},
                      .series = {{.name = "training"}}};
  eval::LinePlot accuracy{.labels = {"Accuracy by epoch", "epoch", "accuracy"}};
  const bool has_held_out = !log.empty() && log.front().validation.rows > 0;
  if (has_held_out) {
    loss.series.push_back({.name = "held out"});
    accuracy.series.push_back({.name = "held out"});
  }
  for (const head::TrainingLogEntry& entry : log) {
    const auto epoch = static_cast<double>(entry.epoch);
    loss.series.front().points.push_back({.x = epoch, .y = entry.training_loss});
    if (!has_held_out) continue;
    loss.series.back().points.push_back({.x = epoch, .y = entry.validation.log_loss});
    accuracy.series.back().points.push_back({.x = epoch, .y = entry.validation.accuracy});
  }

  LLMEMBED_RETURN_IF_ERROR(base::MakeFolders(folder));
  std::vector<std::string> files;
  const auto write = [&](const char* name, const std::string& contents) {
    files.push_back(folder + "/" + name);
    return base::WriteFileAtomically(files.back(), contents);
  };
  LLMEMBED_ASSIGN_OR_RETURN(const std::string loss_svg, eval::LinePlotSvg(loss));
  LLMEMBED_RETURN_IF_ERROR(write("loss.svg", loss_svg));
  std::vector<eval::Series> all = loss.series;
  for (eval::Series& series : all) series.name += " loss";
  if (has_held_out) {
    LLMEMBED_ASSIGN_OR_RETURN(const std::string accuracy_svg, eval::LinePlotSvg(accuracy));
    LLMEMBED_RETURN_IF_ERROR(write("accuracy.svg", accuracy_svg));
    all.push_back(accuracy.series.front());
    all.back().name += " accuracy";
  }
  LLMEMBED_RETURN_IF_ERROR(write("curves.csv", eval::SeriesToCsv(all)));
  return files;
}

}  // namespace llmembed::pipeline
