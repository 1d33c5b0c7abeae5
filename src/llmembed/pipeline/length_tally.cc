#include "pipeline/length_tally.h"

#include <algorithm>
#include <utility>

namespace llmembed::pipeline {

LengthTally::LengthTally(std::string backbone, const extract::LengthRule& rule) {
  report_.backbone = std::move(backbone);
  report_.max_tokens = rule.max_tokens();
  report_.on_long_text = rule.on_long_text();
}

void LengthTally::AddTo(const extract::TextLength& length, LengthCount* count) const {
  const uint32_t cut = length.tokens - length.used;
  ++count->texts;
  count->tokens += length.tokens;
  count->long_texts += length.tokens > report_.max_tokens ? 1 : 0;
  count->cut_texts += cut > 0 ? 1 : 0;
  count->cut_tokens += cut;
}

void LengthTally::Add(std::span<const extract::TextLength> lengths,
                      std::span<const uint32_t> classes) {
  for (const extract::TextLength& length : lengths) AddTo(length, &report_.all);
  for (size_t i = 0; i < classes.size(); ++i) {
    if (classes[i] == kNoClass) continue;
    report_.classes.resize(std::max<size_t>(report_.classes.size(), classes[i] + 1));
    AddTo(lengths[i], &report_.classes[classes[i]]);
  }
}

LengthReport LengthTally::Report(std::span<const std::string> labels) const {
  LengthReport report = report_;
  report.classes.resize(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) report.classes[i].label = labels[i];
  return report;
}

}  // namespace llmembed::pipeline
