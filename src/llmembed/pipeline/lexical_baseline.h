// How far counting words gets on the same rows: what a backbone has to beat.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "llmembed/evaluate.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::pipeline {

struct LexicalInput {
  std::span<const std::string_view> texts;  // [N]
  std::span<const uint32_t> labels;         // [N], each less than `classes`
  uint32_t classes = 0;
  std::span<const uint32_t> rows;                // to train on
  std::span<const std::string_view> test_texts;  // [M]
  std::span<const uint32_t> truth;               // [M], into label_names
  std::span<const std::string> label_names;      // the classes', then those of the test only
};

struct LexicalResult {
  EvaluationReport evaluation;
  double train_seconds = 0.0;
  uint32_t terms = 0;
};

// TF-IDF of words and pairs of words with logistic regression, trained and measured. Errors as
// lexical::LexicalModel::Train.
Result<LexicalResult> MeasureLexical(const LexicalInput& input, const RunContext& context);

}  // namespace llmembed::pipeline
