// What `train` reads: texts to train on, and texts to measure on.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/labelled_dataset.h"
#include "data/split.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"
#include "llmembed/train.h"

namespace llmembed::pipeline {

// What is trained on and what is tested on. With a test file, `test` holds it; else the two are
// parts of `all`.
struct TrainingTexts {
  data::LabelledDataset all;
  data::LabelledDataset test;
  data::Split split;
  bool has_test_file = false;

  uint32_t classes() const { return static_cast<uint32_t>(all.label_names().size()); }  // C
  // The classes', then those that stand in the test file only.
  const std::vector<std::string>& label_names() const {
    return has_test_file ? test.label_names() : all.label_names();
  }
};

// Errors as data::LabelledDataset's and data::HoldOut.
Result<TrainingTexts> ReadTrainingTexts(const TrainOptions& options, const RunContext& context,
                                        std::vector<DataIssue>* issues);

// SHA-256 over the rows in order, as docs/formats/bundle.md has it.
std::string HashOfRows(const data::LabelledDataset& data, std::span<const uint32_t> rows);

}  // namespace llmembed::pipeline
