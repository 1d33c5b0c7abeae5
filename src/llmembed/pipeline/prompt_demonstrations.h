// The demonstrations of a prompt job, text by text or for all of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "llmembed/prompt.h"
#include "llmembed/status.h"
#include "pipeline/prompt_run.h"
#include "pipeline/runtime.h"

namespace llmembed::pipeline {

struct ChosenDemonstrations {
  // Rows of the texts that may be shown, in the order in which they are: one list for all texts
  // that are asked about, or a list for each.
  std::vector<std::vector<uint32_t>> lists;
  ExtractionReport extraction;  // of the embeddings that were needed

  std::span<const uint32_t> of(size_t text) const { return lists[lists.size() == 1 ? 0 : text]; }
};

// As settings.demonstrations says. Errors: as FeatureSource.
Result<ChosenDemonstrations> ChooseDemonstrations(const PromptSettings& settings,
                                                  const PromptTexts& texts, uint64_t seed,
                                                  Runtime* runtime);

}  // namespace llmembed::pipeline
