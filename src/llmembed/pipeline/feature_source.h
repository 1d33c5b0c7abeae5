// Texts in, features out: what a head reads, from a recipe's backbones and fusion. A fusion that is
// trained belongs to the head: its features are the taps' vectors side by side.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "fusion/evaluator.h"
#include "fusion/network.h"
#include "llmembed/status.h"
#include "pipeline/backbone_set.h"
#include "pipeline/runtime.h"
#include "recipe/recipe.h"

namespace llmembed::pipeline {

// Not thread-safe.
class FeatureSource {
 public:
  // `runtime` must outlive it. Errors: as Runtime::OpenBackbone and the fusion's size check.
  static Result<std::unique_ptr<FeatureSource>> Open(const recipe::Recipe& recipe,
                                                     extract::DigestCheck check, Runtime* runtime);

  size_t width() const { return evaluator_->width(); }  // D

  // The fusion that is trained with the head; nullptr when it is done here.
  const fusion::Network* network() const { return network_ ? &*network_ : nullptr; }

  // In the order of the recipe's.
  const BackboneSet& backbones() const { return *backbones_; }

  // One window of texts to features [texts, D]; `classes` as BackboneSet::Embed.
  Status Compute(const extract::TextWindow& window, std::span<const uint32_t> classes,
                 std::span<float> features);

 private:
  FeatureSource() = default;

  std::unique_ptr<BackboneSet> backbones_;
  std::unique_ptr<fusion::Evaluator> evaluator_;
  std::optional<fusion::Network> network_;
  std::vector<std::span<const float>> inputs_;  // [taps]
};

}  // namespace llmembed::pipeline
