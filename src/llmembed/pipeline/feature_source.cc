#include "pipeline/feature_source.h"

#include <algorithm>

namespace llmembed::pipeline {

Result<std::unique_ptr<FeatureSource>> FeatureSource::Open(const recipe::Recipe& recipe,
                                                           extract::DigestCheck check,
                                                           Runtime* runtime) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto expression, fusion::Expression::Parse(recipe.fusion));
  std::unique_ptr<FeatureSource> source(new FeatureSource());
  std::vector<size_t> widths(expression.taps().size());
  for (const recipe::BackboneSpec& spec : recipe.backbones) {
    Backbone backbone;
    BackboneRequest request;
    request.model = spec.model;
    request.compute_type = spec.compute_type;
    request.max_tokens = spec.max_tokens;
    request.check = check;
    for (size_t tap = 0; tap < expression.taps().size(); ++tap) {
      if (expression.taps()[tap].backbone != spec.name) continue;
      request.taps.push_back(expression.taps()[tap]);
      backbone.taps.push_back(tap);
    }
    LLMEMBED_ASSIGN_OR_RETURN(OpenedBackbone opened, runtime->OpenBackbone(request));
    backbone.embedder = std::move(opened.embedder);
    for (const size_t tap : backbone.taps) widths[tap] = backbone.embedder->extractor().width();
    source->identities_.push_back(opened.identity);
    source->backbones_.push_back(std::move(backbone));
  }
  LLMEMBED_ASSIGN_OR_RETURN(auto evaluator, fusion::Evaluator::Create(expression, widths));
  source->evaluator_ = std::make_unique<fusion::Evaluator>(std::move(evaluator));
  source->tap_rows_.resize(widths.size());
  return source;
}

std::vector<std::string> FeatureSource::compute_types() const {
  std::vector<std::string> types;
  for (const Backbone& backbone : backbones_) {
    types.push_back(backbone.embedder->report().compute_type);
  }
  return types;
}

Status FeatureSource::Compute(std::span<const std::string_view> texts, std::span<float> features,
                              std::span<extract::TextLength> lengths) {
  std::vector<std::span<const float>> inputs(tap_rows_.size());
  std::vector<extract::TextLength> other_lengths(texts.size());
  for (size_t i = 0; i < backbones_.size(); ++i) {
    const Backbone& backbone = backbones_[i];
    const size_t size = texts.size() * backbone.embedder->extractor().width();
    std::vector<float*> rows;
    for (const size_t tap : backbone.taps) {
      tap_rows_[tap].resize(std::max(tap_rows_[tap].size(), size));
      rows.push_back(tap_rows_[tap].data());
      inputs[tap] = std::span(tap_rows_[tap]).first(size);
    }
    LLMEMBED_RETURN_IF_ERROR(
        backbone.embedder->Embed(texts, rows, i == 0 ? lengths : std::span(other_lengths)));
  }
  return evaluator_->Evaluate(inputs, texts.size(), features);
}

ExtractionReport FeatureSource::report() const {
  ExtractionReport total = backbones_.front().embedder->report();
  for (size_t i = 1; i < backbones_.size(); ++i) {
    const ExtractionReport& part = backbones_[i].embedder->report();
    total.embedded = std::max(total.embedded, part.embedded);
    total.from_store = std::min(total.from_store, part.from_store);
    total.tokens += part.tokens;
    total.cut_texts = std::max(total.cut_texts, part.cut_texts);
    total.cut_tokens += part.cut_tokens;
    total.seconds += part.seconds;
  }
  return total;
}

}  // namespace llmembed::pipeline
