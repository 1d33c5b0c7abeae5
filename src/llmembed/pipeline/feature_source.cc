#include "pipeline/feature_source.h"

namespace llmembed::pipeline {
Result<std::unique_ptr<FeatureSource>> FeatureSource::Open(const recipe::Recipe& recipe,
                                                           extract::DigestCheck check,
                                                           Runtime* runtime) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto expression, fusion::Expression::Parse(recipe.fusion));
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
  std::unique_ptr<FeatureSource> source(new FeatureSource());
  LLMEMBED_ASSIGN_OR_RETURN(source->backbones_,
                            BackboneSet::Open(std::move(requests), expression.taps(), runtime));
  source->inputs_.resize(expression.taps().size());
  std::vector<size_t> widths;
  for (size_t tap = 0; tap < expression.taps().size(); ++tap) {
    widths.push_back(source->backbones_->width(tap));
  }
  if (expression.IsTrained()) {
    LLMEMBED_ASSIGN_OR_RETURN(source->network_, fusion::Network::Create(expression, widths));
  }
  const fusion::Expression features =
      expression.IsTrained() ? expression.TapsSideBySide() : expression;
  LLMEMBED_ASSIGN_OR_RETURN(auto evaluator, fusion::Evaluator::Create(features, widths));
  source->evaluator_ = std::make_unique<fusion::Evaluator>(std::move(evaluator));
  return source;
}

Status FeatureSource::Compute(const extract::TextWindow& window, std::span<const uint32_t> classes,
                              std::span<float> features) {
  LLMEMBED_RETURN_IF_ERROR(backbones_->Embed(window, classes));
  for (size_t tap = 0; tap < inputs_.size(); ++tap) inputs_[tap] = backbones_->rows(tap);
  return evaluator_->Evaluate(inputs_, window.size(), features);
}

}  // namespace llmembed::pipeline
