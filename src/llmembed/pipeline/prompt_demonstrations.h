// The demonstrations of a prompt job, text by text or for all of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/labelled_dataset.h"
#include "llmembed/prompt.h"
#include "llmembed/status.h"
#include "pipeline/runtime.h"

namespace llmembed::pipeline {

// Rows of a dataset, and the source that they come from.
struct DatasetRows {
  const data::LabelledDataset* data;
  std::span<const uint32_t> rows;
  std::string path;
};

struct ChosenDemonstrations {
  // Rows of the candidates' dataset, in the order in which they are shown: one list for all texts,
  // or a list a text.
  std::vector<std::vector<uint32_t>> lists;
  ExtractionReport extraction;  // of the embeddings that were needed

  std::span<const uint32_t> of(size_t text) const { return lists[lists.size() == 1 ? 0 : text]; }
};

// As options.demonstrations says; `texts` are those to be classified. Errors: as FeatureSource.
Result<ChosenDemonstrations> ChooseDemonstrations(const PromptOptions& options,
                                                  const DatasetRows& candidates,
                                                  const DatasetRows& texts, Runtime* runtime);

}  // namespace llmembed::pipeline
