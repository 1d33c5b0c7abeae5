#include "lexical/lexical_model.h"

#include "base/thread_pool.h"
#include "lexical/lexical_corpus.h"
#include "lexical/tfidf.h"

namespace llmembed::lexical {

Result<LexicalModel> LexicalModel::Train(const LexicalData& data, const LexicalConfig& config,
                                         const RunContext& context) {
  LLMEMBED_RETURN_IF_ERROR(CheckLexicalData(data, config));
  base::ThreadPool pool(context.threads);
  LLMEMBED_ASSIGN_OR_RETURN(LexicalCorpus corpus,
                            LexicalCorpus::Create(data, config, &pool, context));
  LLMEMBED_ASSIGN_OR_RETURN(TermWeights weights, corpus.Fit(Numbers(data.rows.size())));
  return LexicalModel(corpus.TakeVocabulary(), std::move(weights));
}

Result<std::vector<float>> LexicalModel::Logits(std::span<const std::string_view> texts,
                                                const RunContext& context) const {
  base::ThreadPool pool(context.threads);
  std::vector<float> logits(texts.size() * classes());
  LLMEMBED_RETURN_IF_ERROR(
      ForTexts(texts.size(), &pool, context, [&](uint64_t begin, uint64_t end) {
        SparseMatrix frequencies;
        frequencies.width = terms();
        TermCounter counter(vocabulary_);
        for (uint64_t i = begin; i < end; ++i) counter.AppendRow(texts[i], &frequencies);
        const SparseMatrix rows = Weighted(frequencies, Numbers(end - begin), weights_.idf);
        for (uint64_t i = begin; i < end; ++i) {
          weights_.Logits(rows.row(i - begin), std::span(logits).subspan(i * classes(), classes()));
        }
      }));
  return logits;
}

uint64_t LexicalModel::bytes() const {
  const uint64_t numbers = weights_.idf.size() + weights_.weight.size() + weights_.bias.size();
  return vocabulary_.bytes() + numbers * sizeof(float);
}

}  // namespace llmembed::lexical
