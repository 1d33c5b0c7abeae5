#include "head/head_config.h"

#include <cmath>
#include <string>

namespace llmembed::head {
namespace {

constexpr size_t kMaxCValues = 100;
constexpr size_t kMaxHiddenLayers = 16;
constexpr uint32_t kMaxHiddenSize = 65536;

// A half-open or closed range as the messages write it.
struct Range {
  double low;
  double high;
  const char* words;
  bool (*contains)(double value, double low, double high);
};

bool Closed(double value, double low, double high) { return value >= low && value <= high; }
bool OpenBelow(double value, double low, double high) { return value > low && value <= high; }
bool OpenAbove(double value, double low, double high) { return value >= low && value < high; }

Status Expect(const char* name, double value, const Range& range) {
  if (std::isfinite(value) && range.contains(value, range.low, range.high)) return Status();
  return Status(StatusCode::kBadData, std::string("head: ") + name + " is " +
                                          std::to_string(value) + ", expected " + range.words);
}

Status ValidateLogisticRegression(const LogisticRegressionConfig& config) {
  if (config.c_values.empty() || config.c_values.size() > kMaxCValues) {
    return Status(StatusCode::kBadData, "head: expected 1 to 100 values of C, not " +
                                            std::to_string(config.c_values.size()));
  }
  double previous = 0.0;
  for (const double c : config.c_values) {
    LLMEMBED_RETURN_IF_ERROR(
        Expect("C", c, {0.0, 1e10, "more than 0 and at most 1e10", OpenBelow}));
    if (c <= previous) return Status(StatusCode::kBadData, "head: the values of C must ascend");
    previous = c;
  }
  LLMEMBED_RETURN_IF_ERROR(
      Expect("max_iterations", config.max_iterations, {1, 1e6, "1 to 1,000,000", Closed}));
  return Expect("gradient_tolerance", config.gradient_tolerance,
                {0.0, 1.0, "more than 0 and at most 1", OpenBelow});
}

Status ValidateMlp(const MlpConfig& config) {
  if (config.hidden_sizes.size() > kMaxHiddenLayers) {
    return Status(StatusCode::kBadData, "head: expected at most 16 hidden layers, not " +
                                            std::to_string(config.hidden_sizes.size()));
  }
  for (const uint32_t size : config.hidden_sizes) {
    LLMEMBED_RETURN_IF_ERROR(
        Expect("a hidden size", size, {1, kMaxHiddenSize, "1 to 65,536", Closed}));
  }
  LLMEMBED_RETURN_IF_ERROR(
      Expect("dropout", config.dropout, {0.0, 1.0, "0 or more and less than 1", OpenAbove}));
  LLMEMBED_RETURN_IF_ERROR(
      Expect("max_epochs", config.max_epochs, {1, 100000, "1 to 100,000", Closed}));
  LLMEMBED_RETURN_IF_ERROR(
      Expect("batch_size", config.batch_size, {1, 1 << 20, "1 to 1,048,576", Closed}));
  LLMEMBED_RETURN_IF_ERROR(Expect("learning_rate", config.learning_rate,
                                  {0.0, 100.0, "more than 0 and at most 100", OpenBelow}));
  LLMEMBED_RETURN_IF_ERROR(Expect("warmup_share", config.warmup_share,
                                  {0.0, 1.0, "0 or more and less than 1", OpenAbove}));
  LLMEMBED_RETURN_IF_ERROR(
      Expect("weight_decay", config.weight_decay, {0.0, 100.0, "0 to 100", Closed}));
  return Expect("label_smoothing", config.label_smoothing,
                {0.0, 1.0, "0 or more and less than 1", OpenAbove});
}

}  // namespace

Status ValidateHeadConfig(const HeadConfig& config) {
  LLMEMBED_RETURN_IF_ERROR(Expect("held_out_share", config.held_out_share,
                                  {0.0, 0.9, "0 or more and less than 0.9", OpenAbove}));
  return config.kind == HeadKind::kMlp ? ValidateMlp(config.mlp)
                                       : ValidateLogisticRegression(config.logistic_regression);
}

}  // namespace llmembed::head
