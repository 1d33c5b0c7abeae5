#include "pipeline/feature_source.h"

#include <algorithm>

namespace llmembed::pipeline {

Result<std::unique_ptr<FeatureSource>> FeatureSource::Open(const recipe::Recipe& recipe,
                                                           extract::DigestCheck check,
                                                           Runtime* runtime) {
  LLMEMBED_ASSIGN_OR_RETURN(auto expression, fusion::Expression::Parse(recipe.fusion));
  std::vector<BackboneRequest> requests;
  for (const recipe::BackboneSpec& spec : recipe.backbones) {
    requests.push_back({.name = spec.name,
                        .model = spec.model,
                        .compute_type = spec.compute_type,
                        .max_tokens = spec.max_tokens,
                        .on_long_text = spec.on_long_text,
                        .special_text = spec.special_text,
                        .check = check});
  }
  std::unique_ptr<FeatureSource> source(new FeatureSource(std::move(expression)));
  const std::vector<fusion::Tap>& taps = source->expression_.taps();
  LLMEMBED_ASSIGN_OR_RETURN(source->backbones_,
                            BackboneSet::Open(std::move(requests), taps, runtime));
  source->context_ = runtime->context();
  source->inputs_.resize(taps.size());
  const auto lexical = std::ranges::find(taps, true, &fusion::Tap::is_lexical);
  if (lexical != taps.end()) {
    source->lexical_tap_ = static_cast<size_t>(lexical - taps.begin());
  } else {
    LLMEMBED_RETURN_IF_ERROR(source->Complete());
  }
  return source;
}

Status FeatureSource::UseLexical(std::shared_ptr<const lexical::LexicalModel> model) {
  lexical_ = std::move(model);
  return Complete();
}

Status FeatureSource::Complete() {
  std::vector<size_t> widths;
  for (size_t tap = 0; tap < inputs_.size(); ++tap) {
    widths.push_back(tap == lexical_tap_ ? lexical_->classes() : backbones_->width(tap));
  }
  if (expression_.IsTrained()) {
    LLMEMBED_ASSIGN_OR_RETURN(network_, fusion::Network::Create(expression_, widths));
  }
  LLMEMBED_ASSIGN_OR_RETURN(auto evaluator,
                            fusion::Evaluator::Create(expression_.BeforeTraining(), widths));
  evaluator_ = std::make_unique<fusion::Evaluator>(std::move(evaluator));
  return {};
}

Status FeatureSource::Compute(const extract::TextWindow& window, std::span<const uint32_t> classes,
                              std::span<const float> word_scores, std::span<float> features) {
  LLMEMBED_RETURN_IF_ERROR(backbones_->Embed(window, classes));
  for (size_t tap = 0; tap < inputs_.size(); ++tap) {
    if (tap != lexical_tap_) inputs_[tap] = backbones_->rows(tap);
  }
  std::vector<float> asked;
  if (lexical_tap_ && word_scores.empty()) {
    LLMEMBED_ASSIGN_OR_RETURN(asked, lexical_->Logits(window.texts, context_));
    word_scores = asked;
  }
  if (lexical_tap_) inputs_[*lexical_tap_] = word_scores;
  return evaluator_->Evaluate(inputs_, window.size(), features);
}

}  // namespace llmembed::pipeline
