#include "pipeline/search/layer_costs.h"

#include <chrono>

#include "pipeline/feature_source.h"

namespace llmembed::pipeline {

// The first run loads the weights; the second is timed.
Result<LayerCosts::Cost> LayerCosts::Measure(size_t backbone, int layer) {
  recipe::Recipe recipe = recipe_;
  recipe.backbones = {recipe_.backbones[backbone]};
  recipe.fusion = MeanTap(backbones_[backbone], layer);
  LLMEMBED_ASSIGN_OR_RETURN(const auto runtime, Runtime::Open(context_));
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto source,
      FeatureSource::Open(recipe, extract::DigestCheck::kRemembered, runtime.get()));
  std::vector<float> features(texts_.size() * source->width());
  LLMEMBED_RETURN_IF_ERROR(source->Compute({.texts = texts_}, {}, {}, features));
  const auto start = std::chrono::steady_clock::now();
  LLMEMBED_RETURN_IF_ERROR(source->Compute({.texts = texts_}, {}, {}, features));
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
  return Cost{time.count() / static_cast<double>(texts_.size()),
              1e-6 * static_cast<double>(source->backbones().report({}).weight_bytes)};
}

Status LayerCosts::Fill(std::span<const int> depths, SearchCandidate* candidate) {
  for (size_t i = 0; i < depths.size(); ++i) {
    if (depths[i] < 0) continue;
    const auto [place, is_new] = measured_.try_emplace({i, depths[i]});
    if (is_new) {
      LLMEMBED_ASSIGN_OR_RETURN(place->second, Measure(i, depths[i]));
    }
    candidate->milliseconds_per_text += place->second.milliseconds_per_text;
    candidate->megabytes += place->second.megabytes;
  }
  return {};
}

}  // namespace llmembed::pipeline
