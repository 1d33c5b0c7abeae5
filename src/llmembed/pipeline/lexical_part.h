// The tap `lexical` of a fusion: counting words, fitted on the rows that the head is trained on.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lexical/lexical_data.h"
#include "lexical/lexical_model.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::pipeline {

struct LexicalPart {
  std::shared_ptr<const lexical::LexicalModel> model;  // of all rows to train on
  // [N, C]. A row that is trained on has the scores of a model that has not seen its text: with
  // those of one that has, the head would trust words more than it should.
  std::vector<float> word_scores;
};

// `data`: N texts of C classes; first_rows [N]: as data::LabelledDataset has them. Errors as
// lexical::CrossFit.
Result<LexicalPart> FitLexicalPart(const lexical::LexicalData& data,
                                   std::span<const uint32_t> first_rows, uint64_t seed,
                                   const RunContext& context);

}  // namespace llmembed::pipeline
