#include "pipeline/classify.h"

#include "base/cpu.h"
#include "compute/device.h"
#include "eval/metrics.h"

namespace llmembed::pipeline {
namespace {

Status CheckBackbone(const bundle::BackboneRecord& trained, const extract::ModelIdentity& found,
                     const std::string& model) {
  const auto differs = [&](const char* what, const std::string& then, const std::string& now) {
    return Status(StatusCode::kMismatch,
                  "backbone " + model + ": its " + what +
                      " are not those the bundle was trained with (SHA-256 " + now.substr(0, 12) +
                      ", trained with " + then.substr(0, 12) + ")");
  };
  if (trained.weights != found.weights) return differs("weights", trained.weights, found.weights);
  if (trained.tokenizer != found.tokenizer) {
    return differs("tokenizer files", trained.tokenizer, found.tokenizer);
  }
  if (trained.config != found.config) {
    return differs("settings in config.json", trained.config, found.config);
  }
  return {};
}

}  // namespace

Result<EvaluationReport> EvaluateRows(const head::Head& head, std::span<const std::string> labels,
                                      std::span<const uint32_t> truth,
                                      std::span<const float> features) {
  LLMEMBED_ASSIGN_OR_RETURN(auto logits, head.Logits(features));
  return EvaluateScores(std::move(logits), head.classes(), labels, truth);
}

Result<EvaluationReport> EvaluateSomeRows(const head::Head& head,
                                          std::span<const std::string> labels,
                                          std::span<const uint32_t> truth,
                                          std::span<const float> features,
                                          std::span<const uint32_t> rows) {
  const size_t width = head.width();
  std::vector<float> some_features;
  std::vector<uint32_t> some_truth;
  for (const uint32_t row : rows) {
    const auto vector = features.subspan(row * width, width);
    some_features.insert(some_features.end(), vector.begin(), vector.end());
    some_truth.push_back(truth[row]);
  }
  return EvaluateRows(head, labels, some_truth, some_features);
}

Result<EvaluationReport> EvaluateScores(std::vector<float> scores, uint32_t classes,
                                        std::span<const std::string> labels,
                                        std::span<const uint32_t> truth) {
  head::SoftmaxRows(scores, classes);
  std::vector<uint32_t> predicted;
  for (size_t row = 0; row < truth.size(); ++row) {
    predicted.push_back(head::LargestScore(std::span(scores).subspan(row * classes, classes)));
  }
  return eval::ComputeMetrics({.labels = labels,
                               .known_labels = classes,
                               .truth = truth,
                               .predicted = predicted,
                               .probabilities = scores});
}

Result<OpenedBundle> OpenBundle(const std::string& folder, extract::DigestCheck check,
                                const RunContext& context) {
  OpenedBundle opened;
  LLMEMBED_ASSIGN_OR_RETURN(opened.bundle, bundle::ReadBundle(folder));
  recipe::Recipe recipe = opened.bundle.recipe;
  for (size_t i = 0; i < recipe.backbones.size(); ++i) {
    const auto trained = recipe::ParseComputeType(opened.bundle.backbones[i].compute_type);
    recipe.backbones[i].compute_type = trained.value_or(ComputeType::kF32);
    LLMEMBED_ASSIGN_OR_RETURN(const auto device, compute::ResolveDevice(context.device));
    if (trained == ComputeType::kBf16 && !device.is_cuda && !base::Cpu().avx512_bf16) {
      recipe.backbones[i].compute_type = ComputeType::kF32;
      context.Warn("the bundle was trained in bf16, which this CPU does not multiply: using f32");
    }
  }
  LLMEMBED_ASSIGN_OR_RETURN(opened.runtime, Runtime::Open(context));
  LLMEMBED_ASSIGN_OR_RETURN(opened.source,
                            FeatureSource::Open(recipe, check, opened.runtime.get()));
  if (opened.source->needs_lexical()) {
    LLMEMBED_RETURN_IF_ERROR(opened.source->UseLexical(opened.bundle.lexical));
  }
  const std::vector<extract::ModelIdentity> identities = opened.source->backbones().identities();
  for (size_t i = 0; i < recipe.backbones.size(); ++i) {
    LLMEMBED_RETURN_IF_ERROR(
        CheckBackbone(opened.bundle.backbones[i], identities[i], recipe.backbones[i].model));
  }
  if (opened.source->width() != opened.bundle.head.width()) {
    return Status(StatusCode::kCorrupt,
                  folder + ": the head reads " + std::to_string(opened.bundle.head.width()) +
                      " features, the recipe gives " + std::to_string(opened.source->width()));
  }
  return opened;
}

}  // namespace llmembed::pipeline
