#include "pipeline/backbone_set.h"

#include <algorithm>
#include <utility>

namespace llmembed::pipeline {

Result<std::unique_ptr<BackboneSet>> BackboneSet::Open(std::vector<BackboneRequest> requests,
                                                       std::span<const fusion::Tap> taps,
                                                       Runtime* runtime) {
  std::unique_ptr<BackboneSet> set(new BackboneSet());
  set->backbone_of_.resize(taps.size());
  set->rows_.resize(taps.size());
  for (BackboneRequest& request : requests) {
    std::vector<size_t> own;
    for (size_t tap = 0; tap < taps.size(); ++tap) {
      if (taps[tap].backbone != request.name) continue;
      request.taps.push_back(taps[tap]);
      own.push_back(tap);
      set->backbone_of_[tap] = set->backbones_.size();
    }
    LLMEMBED_ASSIGN_OR_RETURN(OpenedBackbone opened, runtime->OpenBackbone(request));
    LengthTally tally(request.name, opened.embedder->extractor().length_rule());
    set->backbones_.push_back(
        {std::move(opened.identity), std::move(opened.embedder), std::move(tally), std::move(own)});
  }
  return set;
}

size_t BackboneSet::width(size_t tap) const {
  return backbones_[backbone_of_[tap]].embedder->extractor().width();
}

std::vector<extract::ModelIdentity> BackboneSet::identities() const {
  std::vector<extract::ModelIdentity> identities;
  for (const Backbone& backbone : backbones_) identities.push_back(backbone.identity);
  return identities;
}

std::vector<std::string> BackboneSet::compute_types() const {
  std::vector<std::string> types;
  for (const Backbone& backbone : backbones_) {
    types.push_back(backbone.embedder->report().compute_type);
  }
  return types;
}

Status BackboneSet::Embed(const extract::TextWindow& window, std::span<const uint32_t> classes) {
  texts_ = window.size();
  for (Backbone& backbone : backbones_) {
    std::vector<float*> rows;
    for (const size_t tap : backbone.taps) {
      rows_[tap].resize(std::max(rows_[tap].size(), texts_ * width(tap)));
      rows.push_back(rows_[tap].data());
    }
    backbone.lengths.resize(texts_);
    LLMEMBED_RETURN_IF_ERROR(backbone.embedder->Embed(window, rows, backbone.lengths));
    backbone.tally.Add(backbone.lengths, classes);
  }
  for (Backbone& backbone : backbones_) backbone.embedder->Flush();
  return {};
}

std::span<const float> BackboneSet::rows(size_t tap) const {
  return std::span(rows_[tap]).first(texts_ * width(tap));
}

extract::TextLength BackboneSet::length(size_t text) const {
  const auto cut_less = [text](const Backbone& a, const Backbone& b) {
    const auto cut = [text](const Backbone& backbone) {
      return backbone.lengths[text].tokens - backbone.lengths[text].used;
    };
    return cut(a) < cut(b);
  };
  return std::max_element(backbones_.begin(), backbones_.end(), cut_less)->lengths[text];
}

ExtractionReport BackboneSet::report(std::span<const std::string> labels) const {
  ExtractionReport total = backbones_.front().embedder->report();
  total.lengths.push_back(backbones_.front().tally.Report(labels));
  for (size_t i = 1; i < backbones_.size(); ++i) {
    const ExtractionReport& part = backbones_[i].embedder->report();
    total.embedded = std::max(total.embedded, part.embedded);
    total.from_store = std::min(total.from_store, part.from_store);
    total.tokens += part.tokens;
    total.seconds += part.seconds;
    total.weight_bytes += part.weight_bytes;
    total.lengths.push_back(backbones_[i].tally.Report(labels));
  }
  return total;
}

}  // namespace llmembed::pipeline
