// Lexical scores of the rows that are trained on, as features of another model: without leaking.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lexical/lexical_data.h"
#include "lexical/lexical_model.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::lexical {

// A model and, for each row that it was trained on, what a model says that was not.
struct CrossFitted {
  LexicalModel model;         // of all rows
  std::vector<float> logits;  // [R, C] in the order of LexicalData::rows
};

struct CrossFitOptions {
  uint32_t folds = 5;  // 2 to 100
  uint64_t seed = 1;
};

// The rows are divided into folds, and each row's logits come from a model of the other folds: one
// that has seen neither the row nor one with the same text. So they can be features of another
// model that is trained on these rows. `groups` [N] are equal for rows with equal texts and less
// than N (data::LabelledDataset::first_rows). Folds are stratified by the classes and depend on the
// seed alone. Takes folds + 1 times as long as Train, one fit after the other.
// Errors as Train; kUsage: folds out of range; kBadData: all texts are equal.
Result<CrossFitted> CrossFit(const LexicalData& data, std::span<const uint32_t> groups,
                             const LexicalConfig& config, const CrossFitOptions& options,
                             const RunContext& context);

// The fold, less than `folds`, of each listed row: [R]. Each group goes to the fold that has fewest
// rows of its class (that of its first listed row), groups in random order.
std::vector<uint32_t> AssignFolds(const LexicalData& data, std::span<const uint32_t> groups,
                                  const CrossFitOptions& options);

}  // namespace llmembed::lexical
