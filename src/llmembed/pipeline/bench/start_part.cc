// From the start of the program to its first vector or prediction, each time in a new process.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "pipeline/bench/child_program.h"
#include "pipeline/bench/parts.h"

namespace llmembed::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kStarts = 5;  // the first of them, not counted, brings files into memory
constexpr const char* kOneText = "a short text of a few words, and no more";

// Private, and gone with this.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> Create() {
    std::error_code error;
    const fs::path parent = fs::temp_directory_path(error);
    std::string path = (parent / "llmembed-bench-XXXXXX").string();
    if (error || ::mkdtemp(path.data()) == nullptr) {
      return Status(StatusCode::kIo, path + ": cannot be made");
    }
    return TemporaryFolder(path);
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

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
  LLMEMBED_ASSIGN_OR_RETURN(const TemporaryFolder folder, TemporaryFolder::Create());
  std::ofstream(folder.path() + "/text.txt") << kOneText << "\n";
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
