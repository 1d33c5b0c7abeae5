// From the start of the program to its first vector or prediction, each time in a new process.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/temporary_folder.h"
#include "pipeline/bench/child_program.h"
#include "pipeline/bench/parts.h"

namespace llmembed::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kStarts = 5;  // the first of them, not counted, brings files into memory

std::vector<std::string> StartCommand(const BenchOptions& options, const BenchModel& model,
                                      const std::string& folder, const RunContext& context) {
  const std::string text = folder + "/text.txt";
  std::vector<std::string> words = {options.program};
  if (!options.bundle.empty()) {
    words.insert(words.end(), {"predict", "--format", "lines"});
  } else {
    words.insert(words.end(),
                 {"embed", "--format", "lines", "--model=" + model.folder, "--taps=-1:mean",
                  "--output=" + folder + "/vector.npy",
                  std::string("--dtype=") + compute::MathTypeName(model.backend->math_type())});
  }
  words.insert(words.end(), {"--store=none", "--offline", "--quiet"});
  if (context.threads > 0) words.push_back("--threads=" + std::to_string(context.threads));
  if (!context.home.empty()) words.push_back("--home=" + context.home);
  // An absolute path cannot be taken for an option.
  if (!options.bundle.empty()) words.push_back(fs::absolute(options.bundle).string());
  words.push_back(text);
  return words;
}

}  // namespace

Status MeasureStart(const BenchOptions& options, const BenchModel& model, const RunContext& context,
                    BenchReport* report) {
  const bool has_something = !options.bundle.empty() || !model.folder.empty();
  if (options.program.empty() || !has_something) return {};
  LLMEMBED_ASSIGN_OR_RETURN(const auto folder,
                            base::TemporaryFolder::CreateForSystem("llmembed-bench-"));
  std::ofstream(folder.path() + "/text.txt") << kShortText << "\n";
  const auto command = StartCommand(options, model, folder.path(), context);
  std::vector<double> seconds;
  Progress progress{.stage = "starts", .unit = "runs", .total = kStarts};
  for (uint32_t run = 0; run < kStarts; ++run) {
    LLMEMBED_ASSIGN_OR_RETURN(const double taken, TimeProgram(command, context));
    if (run > 0) seconds.push_back(taken);
    ++progress.done;
    progress.finished = progress.done == progress.total;
    context.Report(progress);
  }
  const auto [low, high] = std::minmax_element(seconds.begin(), seconds.end());
  report->starts.push_back({.what = options.bundle.empty() ? "first vector" : "first prediction",
                            .runs = static_cast<uint32_t>(seconds.size()),
                            .seconds = Median(seconds),
                            .low = *low,
                            .high = *high});
  return {};
}

}  // namespace llmembed::pipeline
