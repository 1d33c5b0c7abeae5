// Trains one of the paper's fifteen fusions, at the paper's sizes, as `llmembed train` does, for
// benchmarks/compare/fusions. Its only argument is JSON:
//   {"preset": "paper-15", "rows": 67349, "classes": 2, "features": FILE, "make": true}
//     makes the features from the seed, and FILE.labels beside them; prints their width.
//   {"preset": "paper-15", "describe": true}
//     prints its expression.
//   {..., "epochs": N, "held_out": SHARE, "first_rows": N}
//     trains on FILE, which is mapped, or on its first rows; prints what came of it.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <numeric>
#include <optional>
#include <string>
#include <thread>

#include "base/json.h"
#include "base/mapped_file.h"
#include "fusion/presets.h"
#include "head/trainer.h"
#include "planted_vectors.h"

namespace llmembed::benchmarks {
namespace {

using base::Json;
using Clock = std::chrono::steady_clock;

// The largest RssAnon of this process, looked at every few milliseconds.
class AnonymousMemory {
 public:
  AnonymousMemory() : watcher_([this] { Watch(); }) {}
  ~AnonymousMemory() {
    ends_ = true;
    watcher_.join();
  }
  uint64_t peak_bytes() const { return peak_; }

 private:
  static uint64_t Now() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("RssAnon:")) return std::stoull(line.substr(8)) * 1024;
    }
    return 0;
  }
  void Watch() {
    while (!ends_) {
      peak_ = std::max<uint64_t>(peak_, Now());
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  std::atomic<bool> ends_ = false;
  std::atomic<uint64_t> peak_ = 0;
  std::thread watcher_;
};

// When each epoch was over.
class EpochClock : public Observer {
 public:
  void OnLog(LogLevel, std::string_view) override {}
  void OnProgress(const Progress&) override {
    const Clock::time_point now = Clock::now();
    seconds_.push_back(std::chrono::duration<double>(now - last_).count());
    last_ = now;
  }
  const std::vector<double>& seconds() const { return seconds_; }

 private:
  Clock::time_point last_ = Clock::now();
  std::vector<double> seconds_;  // the first one holds what goes before the first epoch
};

Result<fusion::Expression> ExpressionOf(const Json& job) {
  const auto* preset = fusion::FindPreset(job["preset"].get<std::string>());
  if (preset == nullptr) return Status(StatusCode::kUsage, "there is no such preset");
  return fusion::Expression::Parse(job.value("expression", std::string(preset->expression)));
}

Status Make(const Json& job, const fusion::Expression& expression) {
  const uint64_t rows = job["rows"];
  const PlantedVectors vectors(job.value("seed", uint64_t{1}), job["classes"]);
  LLMEMBED_ASSIGN_OR_RETURN(const size_t width, FeatureWidth(expression));
  const auto path = job["features"].get<std::string>();
  const size_t bytes = rows * width * sizeof(float);
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0 || ::posix_fallocate(file, 0, static_cast<off_t>(bytes)) != 0) {
    return {StatusCode::kIo, path + ": no room for " + std::to_string(bytes) + " bytes"};
  }
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (data == MAP_FAILED) return {StatusCode::kIo, path + ": cannot be mapped"};
  const Status made =
      MakeFeatures(vectors, expression, rows, {static_cast<float*>(data), rows * width});
  ::munmap(data, bytes);
  std::vector<uint32_t> labels;
  for (uint64_t row = 0; row < rows; ++row) labels.push_back(vectors.Label(row));
  std::ofstream(path + ".labels", std::ios::binary)
      .write(reinterpret_cast<const char*>(labels.data()),
             static_cast<std::streamsize>(labels.size() * sizeof(uint32_t)));
  std::cout << Json{{"width", width}} << std::endl;
  return made;
}

// The head of the paper's sizes, with this program's defaults for the rest.
head::HeadConfig ConfigOf(const Json& job) {
  head::HeadConfig config;
  config.kind = head::HeadKind::kMlp;
  config.mlp.hidden_sizes = {1024, 256};
  config.mlp.dropout = 0.5;
  config.mlp.batch_size = job.value("batch", 1024U);
  config.mlp.max_epochs = job["epochs"];
  config.mlp.learning_rate = job.value("learning_rate", config.mlp.learning_rate);
  return config;
}

// The last share of the rows is held out; labels are drawn at random, so that it is as good as any.
struct Rows {
  Rows(uint64_t count, double held_out_share) : all(count) {
    std::iota(all.begin(), all.end(), 0U);
    fit = static_cast<size_t>(static_cast<double>(count) * (1.0 - held_out_share) + 0.5);
  }
  std::span<const uint32_t> training() const { return std::span(all).first(fit); }
  std::span<const uint32_t> held_out() const { return std::span(all).subspan(fit); }

  std::vector<uint32_t> all;
  size_t fit;
};

// How often each class is predicted on the held-out rows.
Result<std::vector<uint64_t>> Predictions(const head::Head& trained,
                                          const head::TrainingData& data) {
  std::vector<uint64_t> counts(data.classes, 0);
  for (const uint32_t row : data.validation_rows) {
    LLMEMBED_ASSIGN_OR_RETURN(const auto logits, trained.Logits(data.row(row)));
    ++counts[head::LargestScore(logits)];
  }
  return counts;
}

Status Train(const Json& job, const head::HeadConfig& config, const head::TrainingData& data) {
  EpochClock clock;
  AnonymousMemory memory;
  LLMEMBED_ASSIGN_OR_RETURN(
      const head::TrainedHead trained,
      head::TrainHead(config, data, job.value("seed", uint64_t{1}), {.observer = &clock}));
  Json answer{{"epoch_seconds", clock.seconds()}, {"peak_anonymous_bytes", memory.peak_bytes()}};
  for (const head::TrainingLogEntry& entry : trained.log) {
    answer["losses"].push_back(entry.training_loss);
    answer["accuracies"].push_back(entry.validation.accuracy);
  }
  if (!data.validation_rows.empty()) {
    LLMEMBED_ASSIGN_OR_RETURN(const auto counts, Predictions(trained.head, data));
    answer["predictions"] = counts;
    answer["accuracy"] = trained.validation.accuracy;
  }
  std::cout << answer << std::endl;
  return {};
}

Status TrainOnFile(const Json& job, const fusion::Expression& expression) {
  const auto path = job["features"].get<std::string>();
  LLMEMBED_ASSIGN_OR_RETURN(const auto features, base::MappedFile::Open(path));
  LLMEMBED_ASSIGN_OR_RETURN(const auto labels, base::MappedFile::Open(path + ".labels"));
  LLMEMBED_ASSIGN_OR_RETURN(const size_t width, FeatureWidth(expression));
  const uint64_t count = job.value("first_rows", job["rows"].get<uint64_t>());
  std::optional<fusion::Network> network;
  if (expression.IsTrained()) {
    LLMEMBED_ASSIGN_OR_RETURN(network, fusion::Network::Create(expression, TapWidths(expression)));
  }
  const Rows rows(count, job.value("held_out", 0.0));
  const head::TrainingData data{
      .features = {reinterpret_cast<const float*>(features.bytes().data()), count * width},
      .labels = {reinterpret_cast<const uint32_t*>(labels.bytes().data()), count},
      .width = width,
      .classes = job["classes"],
      .fit_rows = rows.training(),
      .validation_rows = rows.held_out(),
      .network = network ? &*network : nullptr};
  return Train(job, ConfigOf(job), data);
}

Status Run(const char* text) {
  LLMEMBED_ASSIGN_OR_RETURN(const Json job, base::ParseJson(text, "the argument"));
  LLMEMBED_ASSIGN_OR_RETURN(const auto expression, ExpressionOf(job));
  if (job.value("describe", false)) {
    std::cout << Json{{"expression", expression.ToString()}} << std::endl;
    return {};
  }
  return job.value("make", false) ? Make(job, expression) : TrainOnFile(job, expression);
}

}  // namespace
}  // namespace llmembed::benchmarks

int main(int argc, char** argv) {
  using llmembed::Status;
  const Status status = argc == 2 ? llmembed::benchmarks::Run(argv[1])
                                  : Status(llmembed::StatusCode::kUsage, "expected a JSON");
  if (!status.ok()) std::fprintf(stderr, "fusion_training: %s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}
