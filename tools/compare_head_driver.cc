// Trains a head on matrices from files, for compare_head.py and compare_paper: reads a folder,
// writes into it.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "head/trainer.h"
#include "recipe/recipe.h"

namespace {

using llmembed::Result;
using llmembed::Status;
using llmembed::StatusCode;
namespace head = llmembed::head;

// The file's little-endian values; empty when there is no such file.
template <typename T>
std::vector<T> ReadValues(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

head::HeadConfig ReadConfig(const llmembed::base::Json& json) {
  head::HeadConfig config;
  if (json.value("balanced", false)) config.class_weighting = head::ClassWeighting::kBalanced;
  if (json.value("kind", "") == "mlp") {
    config.kind = head::HeadKind::kMlp;
    head::MlpConfig& mlp = config.mlp;
    mlp.hidden_sizes = json.value("hidden_sizes", mlp.hidden_sizes);
    mlp.dropout = json.value("dropout", mlp.dropout);
    mlp.max_epochs = json.value("max_epochs", mlp.max_epochs);
    mlp.batch_size = json.value("batch_size", mlp.batch_size);
    mlp.learning_rate = json.value("learning_rate", mlp.learning_rate);
    mlp.weight_decay = json.value("weight_decay", mlp.weight_decay);
    mlp.patience = json.value("patience", mlp.patience);
    mlp.label_smoothing = json.value("label_smoothing", mlp.label_smoothing);
  } else {
    head::LogisticRegressionConfig& logistic = config.logistic_regression;
    logistic.c_values = json.value("c_values", logistic.c_values);
    logistic.gradient_tolerance = json.value("gradient_tolerance", logistic.gradient_tolerance);
  }
  return config;
}

nlohmann::json ToJson(const head::TrainedHead& trained, double seconds) {
  nlohmann::json json{{"description", trained.description},
                      {"converged", trained.converged},
                      {"seconds", seconds},
                      {"validation_accuracy", trained.validation.accuracy},
                      {"validation_log_loss", trained.validation.log_loss},
                      {"log", nlohmann::json::array()}};
  for (const head::TrainingLogEntry& entry : trained.log) {
    json["log"].push_back({{"c", entry.c},
                           {"epoch", entry.epoch},
                           {"iterations", entry.iterations},
                           {"converged", entry.converged},
                           {"loss", entry.training_loss},
                           {"accuracy", entry.validation.accuracy},
                           {"log_loss", entry.validation.log_loss}});
  }
  return json;
}

// A head, and where a recipe's fusion is trained with it, that fusion.
struct Task {
  head::HeadConfig config;
  std::optional<llmembed::fusion::Network> network;
};

// With the key `recipe`, a file, its head, and its fusion of taps as wide as `tap_widths`.
Result<Task> ReadTask(const llmembed::base::Json& json) {
  if (!json.contains("recipe")) return Task{.config = ReadConfig(json)};
  LLMEMBED_ASSIGN_OR_RETURN(const llmembed::recipe::Recipe recipe,
                            llmembed::recipe::LoadRecipe(json["recipe"]));
  LLMEMBED_ASSIGN_OR_RETURN(const auto expression,
                            llmembed::fusion::Expression::Parse(recipe.fusion));
  const auto widths = json["tap_widths"].get<std::vector<size_t>>();
  LLMEMBED_ASSIGN_OR_RETURN(auto network, llmembed::fusion::Network::Create(expression, widths));
  return Task{.config = recipe.head, .network = std::move(network)};
}

Status Run(const std::string& folder) {
  LLMEMBED_ASSIGN_OR_RETURN(const llmembed::base::Json json,
                            llmembed::base::ReadJsonFile(folder + "/config.json"));
  LLMEMBED_ASSIGN_OR_RETURN(const Task task, ReadTask(json));
  const auto features = ReadValues<float>(folder + "/train.f32");
  const auto labels = ReadValues<uint32_t>(folder + "/labels.u32");
  const auto fit_rows = ReadValues<uint32_t>(folder + "/fit.u32");
  const auto validation_rows = ReadValues<uint32_t>(folder + "/validation.u32");
  const head::TrainingData data{.features = features,
                                .labels = labels,
                                .width = json.value("width", uint64_t{0}),
                                .classes = json.value("classes", 0U),
                                .fit_rows = fit_rows,
                                .validation_rows = validation_rows,
                                .network = task.network ? &*task.network : nullptr};
  const auto start = std::chrono::steady_clock::now();
  LLMEMBED_ASSIGN_OR_RETURN(
      const head::TrainedHead trained,
      head::TrainHead(task.config, data, json.value("seed", uint64_t{1}), {}));
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

  const auto test = ReadValues<float>(folder + "/test.f32");
  LLMEMBED_ASSIGN_OR_RETURN(const auto logits, trained.head.Logits(test));
  std::ofstream(folder + "/logits.f32", std::ios::binary)
      .write(reinterpret_cast<const char*>(logits.data()),
             static_cast<std::streamsize>(logits.size() * sizeof(float)));
  std::ofstream(folder + "/result.json") << ToJson(trained, seconds.count());
  return Status();
}

}  // namespace

int main(int argc, char** argv) {
  const Status status = argc == 2 ? Run(argv[1]) : Status(StatusCode::kUsage, "expected a folder");
  if (!status.ok()) std::fprintf(stderr, "compare_head_driver: %s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}
