#include "pipeline/lexical_part.h"

#include <algorithm>
#include <string_view>

#include "lexical/cross_fit.h"

namespace llmembed::pipeline {
namespace {

// The numbers below `count` that are not among `rows`.
std::vector<uint32_t> OtherRows(size_t count, std::span<const uint32_t> rows) {
  std::vector<bool> is_listed(count, false);
  for (const uint32_t row : rows) is_listed[row] = true;
  std::vector<uint32_t> others;
  for (uint32_t row = 0; row < count; ++row) {
    if (!is_listed[row]) others.push_back(row);
  }
  return others;
}

// Row i of `scores` to row rows[i] of `all`.
void Scatter(std::span<const float> scores, std::span<const uint32_t> rows, size_t classes,
             std::vector<float>* all) {
  for (size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(scores.subspan(i * classes, classes),
                      all->begin() + static_cast<int64_t>(rows[i] * classes));
  }
}

}  // namespace

Result<LexicalPart> FitLexicalPart(const lexical::LexicalData& data,
                                   std::span<const uint32_t> first_rows, uint64_t seed,
                                   const RunContext& context) {
  LLMEMBED_ASSIGN_OR_RETURN(auto fitted,
                            lexical::CrossFit(data, first_rows, {}, {.seed = seed}, context));
  LexicalPart part;
  part.model = std::make_shared<const lexical::LexicalModel>(std::move(fitted.model));
  part.word_scores.resize(data.texts.size() * data.classes);
  Scatter(fitted.logits, data.rows, data.classes, &part.word_scores);
  const std::vector<uint32_t> others = OtherRows(data.texts.size(), data.rows);
  std::vector<std::string_view> texts;
  texts.reserve(others.size());
  for (const uint32_t row : others) texts.push_back(data.texts[row]);
  LLMEMBED_ASSIGN_OR_RETURN(const auto scores, part.model->Logits(texts, context));
  Scatter(scores, others, data.classes, &part.word_scores);
  return part;
}

}  // namespace llmembed::pipeline
