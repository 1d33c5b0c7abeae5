// Texts in, features out: what a head reads, from a recipe's backbones and fusion. A fusion that is
// trained belongs to the head: its features are the taps' vectors side by side.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "fusion/evaluator.h"
#include "fusion/network.h"
#include "lexical/lexical_model.h"
#include "llmembed/status.h"
#include "pipeline/backbone_set.h"
#include "pipeline/runtime.h"
#include "recipe/recipe.h"

namespace llmembed::pipeline {

// Not thread-safe.
class FeatureSource {
 public:
  // `runtime` must outlive it. Errors: as Runtime::OpenBackbone and the fusion's size check.
  // A fusion that counts words is complete after UseLexical only.
  static Result<std::unique_ptr<FeatureSource>> Open(const recipe::Recipe& recipe,
                                                     extract::DigestCheck check, Runtime* runtime);

  // Whether the fusion counts words, for which it needs a model of them.
  bool needs_lexical() const { return lexical_tap_.has_value(); }

  // The model behind the fusion's tap `lexical`; before anything below is called. Errors: the
  // fusion's size check.
  Status UseLexical(std::shared_ptr<const lexical::LexicalModel> model);

  size_t width() const { return evaluator_->width(); }  // D

  // The fusion that is trained with the head; nullptr when it is done here.
  const fusion::Network* network() const { return network_ ? &*network_ : nullptr; }

  // In the order of the recipe's.
  const BackboneSet& backbones() const { return *backbones_; }

  // One window of texts to features [texts, D]; `classes` as BackboneSet::Embed. `word_scores`
  // [texts, C] stand for what the lexical model says of these texts (of texts that it was fitted
  // on it knows too much); empty: it is asked.
  Status Compute(const extract::TextWindow& window, std::span<const uint32_t> classes,
                 std::span<const float> word_scores, std::span<float> features);

 private:
  explicit FeatureSource(fusion::Expression expression) : expression_(std::move(expression)) {}
  Status Complete();  // once every tap's width is known

  fusion::Expression expression_;
  RunContext context_;
  std::unique_ptr<BackboneSet> backbones_;
  std::unique_ptr<fusion::Evaluator> evaluator_;
  std::optional<fusion::Network> network_;
  std::vector<std::span<const float>> inputs_;  // [taps]
  std::optional<size_t> lexical_tap_;
  std::shared_ptr<const lexical::LexicalModel> lexical_;
};

}  // namespace llmembed::pipeline
