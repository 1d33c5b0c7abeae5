#include "pipeline/lexical_part.h"

#include <algorithm>

#include "lexical/cross_fit.h"

namespace llmembed::pipeline {

Result<LexicalPart> FitLexicalPart(const LexicalPartInput& input, uint64_t seed,
                                   const RunContext& context) {
  LLMEMBED_ASSIGN_OR_RETURN(auto fitted,
                            lexical::CrossFit({.texts = input.texts,
                                               .labels = input.labels,
                                               .classes = input.classes,
                                               .rows = input.rows},
                                              input.first_rows, {}, {.seed = seed}, context));
  LexicalPart part;
  part.model = std::make_shared<const lexical::LexicalModel>(std::move(fitted.model));
  LLMEMBED_ASSIGN_OR_RETURN(part.word_scores, part.model->Logits(input.texts, context));
  const size_t classes = input.classes;
  for (size_t i = 0; i < input.rows.size(); ++i) {
    std::ranges::copy(std::span(fitted.logits).subspan(i * classes, classes),
                      part.word_scores.begin() + static_cast<int64_t>(input.rows[i] * classes));
  }
  return part;
}

}  // namespace llmembed::pipeline
