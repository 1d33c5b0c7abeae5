#include "pipeline/lexical_baseline.h"

#include <chrono>

#include "lexical/lexical_model.h"
#include "pipeline/classify.h"

namespace llmembed::pipeline {

Result<LexicalResult> MeasureLexical(const LexicalInput& input, const RunContext& context) {
  const auto start = std::chrono::steady_clock::now();
  LLMEMBED_ASSIGN_OR_RETURN(const auto model,
                            lexical::LexicalModel::Train({.texts = input.texts,
                                                          .labels = input.labels,
                                                          .classes = input.classes,
                                                          .rows = input.rows},
                                                         {}, context));
  LexicalResult result;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  result.train_seconds = seconds.count();
  result.terms = model.terms();
  LLMEMBED_ASSIGN_OR_RETURN(auto logits, model.Logits(input.test_texts, context));
  LLMEMBED_ASSIGN_OR_RETURN(result.evaluation, EvaluateScores(std::move(logits), input.classes,
                                                              input.label_names, input.truth));
  return result;
}

}  // namespace llmembed::pipeline
