#include "lexical/cross_fit.h"

#include <algorithm>
#include <tuple>

#include "base/random.h"
#include "base/thread_pool.h"
#include "lexical/lexical_corpus.h"

namespace llmembed::lexical {
namespace {

constexpr uint32_t kMaxFolds = 100;

}  // namespace

std::vector<uint32_t> AssignFolds(const LexicalData& data, std::span<const uint32_t> groups,
                                  const CrossFitOptions& options) {
  std::vector<uint32_t> places = Numbers(data.rows.size());
  std::stable_sort(places.begin(), places.end(), [&](uint32_t a, uint32_t b) {
    return groups[data.rows[a]] < groups[data.rows[b]];
  });
  std::vector<std::vector<std::span<const uint32_t>>> by_class(data.classes);
  for (size_t begin = 0; begin < places.size();) {
    size_t end = begin + 1;
    const uint32_t first = data.rows[places[begin]];
    while (end < places.size() && groups[data.rows[places[end]]] == groups[first]) ++end;
    by_class[data.labels[first]].push_back(std::span(places).subspan(begin, end - begin));
    begin = end;
  }

  std::vector<uint32_t> folds(data.rows.size());
  std::vector<uint64_t> rows_in(options.folds, 0);  // of all classes
  for (uint32_t label = 0; label < data.classes; ++label) {
    std::vector<uint64_t> of_class(options.folds, 0);
    base::Random random(options.seed, label);
    random.Shuffle(std::span(by_class[label]));
    for (const std::span<const uint32_t> group : by_class[label]) {
      uint32_t fewest = 0;
      for (uint32_t fold = 1; fold < options.folds; ++fold) {
        if (std::tuple(of_class[fold], rows_in[fold]) <
            std::tuple(of_class[fewest], rows_in[fewest])) {
          fewest = fold;
        }
      }
      for (const uint32_t place : group) folds[place] = fewest;
      of_class[fewest] += group.size();
      rows_in[fewest] += group.size();
    }
  }
  return folds;
}

Result<CrossFitted> CrossFit(const LexicalData& data, std::span<const uint32_t> groups,
                             const LexicalConfig& config, const CrossFitOptions& options,
                             const RunContext& context) {
  LLMEMBED_RETURN_IF_ERROR(CheckLexicalData(data, config));
  if (options.folds < 2 || options.folds > kMaxFolds) {
    return Status(StatusCode::kUsage, "lexical: expected 2 to 100 folds");
  }
  if (groups.size() != data.texts.size()) {
    return Status(StatusCode::kInternal, "lexical: not one group for each text");
  }
  base::ThreadPool pool(context.threads);
  LLMEMBED_ASSIGN_OR_RETURN(LexicalCorpus corpus,
                            LexicalCorpus::Create(data, config, &pool, context));
  const std::vector<uint32_t> folds = AssignFolds(data, groups, options);
  std::vector<float> logits(data.rows.size() * data.classes);
  for (uint32_t fold = 0; fold < options.folds; ++fold) {
    std::vector<uint32_t> fitted;
    std::vector<uint32_t> held_out;
    for (uint32_t i = 0; i < folds.size(); ++i) {
      (folds[i] == fold ? held_out : fitted).push_back(i);
    }
    if (fitted.empty()) {
      return Status(StatusCode::kBadData, "all texts are equal: none can be held out");
    }
    if (held_out.empty()) continue;  // fewer groups than folds
    LLMEMBED_ASSIGN_OR_RETURN(const TermWeights weights, corpus.Fit(fitted));
    LLMEMBED_RETURN_IF_ERROR(corpus.Predict(weights, held_out, logits));
    context.Report({"fitting the lexical model", "fits", fold + 1U, options.folds + 1U, false});
  }
  LLMEMBED_ASSIGN_OR_RETURN(TermWeights weights, corpus.Fit(Numbers(data.rows.size())));
  context.Report(
      {"fitting the lexical model", "fits", options.folds + 1U, options.folds + 1U, true});
  return CrossFitted{LexicalModel(corpus.TakeVocabulary(), std::move(weights)), std::move(logits)};
}

}  // namespace llmembed::lexical
