// Texts in, fused features out: what a head reads, from a recipe's backbones and fusion.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "extract/embedder.h"
#include "fusion/evaluator.h"
#include "llmembed/status.h"
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

  // Which models they are, in the order of the recipe's backbones.
  const std::vector<extract::ModelIdentity>& identities() const { return identities_; }

  // What each computes in, "f32" or "bf16", in the same order.
  std::vector<std::string> compute_types() const;

  // One window of texts to features [texts, D]; lengths: [texts], of the first backbone.
  Status Compute(std::span<const std::string_view> texts, std::span<float> features,
                 std::span<extract::TextLength> lengths);

  // Of all backbones together; texts are counted once.
  ExtractionReport report() const;

 private:
  struct Backbone {
    std::unique_ptr<extract::Embedder> embedder;
    std::vector<size_t> taps;  // indices into the expression's taps
  };

  FeatureSource() = default;

  std::vector<extract::ModelIdentity> identities_;
  std::vector<Backbone> backbones_;
  std::unique_ptr<fusion::Evaluator> evaluator_;
  std::vector<std::vector<float>> tap_rows_;  // [taps], each [texts, its width]
};

}  // namespace llmembed::pipeline
