#include "pipeline/search/layer_costs.h"

#include <chrono>

#include "backbone/memory_check.h"
#include "pipeline/feature_source.h"

namespace llmembed::pipeline {

// The first run loads the weights; the second is timed.
Result<double> LayerCosts::MillisecondsPerText(size_t backbone, int layer) {
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
  return time.count() / static_cast<double>(texts_.size());
}

Status LayerCosts::Fill(std::span<const int> depths, SearchCandidate* candidate) {
  for (size_t i = 0; i < depths.size(); ++i) {
    if (depths[i] < 0) continue;
    const auto [place, is_new] = milliseconds_.try_emplace({i, depths[i]}, 0.0);
    if (is_new) {
      LLMEMBED_ASSIGN_OR_RETURN(place->second, MillisecondsPerText(i, depths[i]));
    }
    candidate->milliseconds_per_text += place->second;
    candidate->megabytes +=
        1e-6 * static_cast<double>(backbone::WeightBytes(
                   configs_[i], static_cast<size_t>(depths[i]),
                   extract::ResolveMathType(recipe_.backbones[i].compute_type)));
  }
  return {};
}

}  // namespace llmembed::pipeline
