// Texts classified by a language model that is asked: for `prompt`, and beside embedding.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "llmembed/prompt.h"
#include "llmembed/status.h"
#include "pipeline/cost_meter.h"
#include "pipeline/row_sample.h"
#include "pipeline/runtime.h"

namespace llmembed::pipeline {

// What may be shown and what is asked about. Borrows the texts and the label names.
struct PromptTexts {
  RowSample shown;                          // in demonstrations; its labels are < labels.size()
  RowSample asked;                          // its labels are < all_labels.size()
  std::span<const std::string> labels;      // those that are scored
  std::span<const std::string> all_labels;  // the same, then those of the asked texts only
  std::string shown_path, asked_path;       // where the texts come from
};

// Finishes the stages "open", "find examples" (those nearest to a text) and "prompt" of the meter.
// Leaves the report's issues and cost to the caller, but for cost.text_tokens. Errors as Prompt's.
Result<PromptReport> RunPrompt(const PromptSettings& settings, const PromptTexts& texts,
                               uint64_t seed, Runtime* runtime, CostMeter* meter);

}  // namespace llmembed::pipeline
