#include "lexical/lexical_corpus.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "lexical/tfidf.h"

namespace llmembed::lexical {

std::vector<uint32_t> Numbers(size_t count) {
  std::vector<uint32_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0U);
  return numbers;
}

Status ForTexts(uint64_t count, base::ThreadPool* pool, const RunContext& context,
                const std::function<void(uint64_t begin, uint64_t end)>& body) {
  return pool->ParallelFor((count + kPieceTexts - 1) / kPieceTexts, [&](size_t piece, unsigned) {
    if (context.IsCancelled()) return Status(StatusCode::kCancelled, "cancelled");
    body(piece * kPieceTexts, std::min<uint64_t>((piece + 1) * kPieceTexts, count));
    return Status();
  });
}

LexicalCorpus::LexicalCorpus(const LexicalData& data, const LexicalConfig& config,
                             base::ThreadPool* pool, const RunContext& context)
    : data_(data), config_(config), pool_(pool), context_(context) {
  labels_.reserve(data.rows.size());
  for (const uint32_t row : data.rows) labels_.push_back(data.labels[row]);
}

Result<LexicalCorpus> LexicalCorpus::Create(const LexicalData& data, const LexicalConfig& config,
                                            base::ThreadPool* pool, const RunContext& context) {
  LexicalCorpus corpus(data, config, pool, context);
  LLMEMBED_ASSIGN_OR_RETURN(
      corpus.vocabulary_,
      BuildVocabulary(data.texts, data.rows, config.max_ngram, config.min_documents, context));
  if (corpus.vocabulary_.size() == 0) {
    return Status(StatusCode::kBadData, "no word of two or more characters stands in at least " +
                                            std::to_string(config.min_documents) +
                                            " texts: there is nothing to count");
  }
  LLMEMBED_RETURN_IF_ERROR(corpus.CountTerms());
  return corpus;
}

Status LexicalCorpus::CountTerms() {
  std::vector<SparseMatrix> pieces((rows() + kPieceTexts - 1) / kPieceTexts);
  LLMEMBED_RETURN_IF_ERROR(ForTexts(rows(), pool_, context_, [&](uint64_t begin, uint64_t end) {
    TermCounter counter(vocabulary_);
    for (uint64_t i = begin; i < end; ++i) {
      counter.AppendRow(data_.texts[data_.rows[i]], &pieces[begin / kPieceTexts]);
    }
  }));
  frequencies_.width = vocabulary_.size();
  for (SparseMatrix& piece : pieces) {
    frequencies_.AppendRows(piece);
    piece = SparseMatrix();
  }
  return Status();
}

Result<TermWeights> LexicalCorpus::Fit(std::span<const uint32_t> rows) const {
  FitProblem problem{frequencies_, rows, labels_};
  problem.classes = data_.classes;
  problem.min_documents = config_.min_documents;
  problem.c = config_.c;
  LLMEMBED_ASSIGN_OR_RETURN(FittedTermWeights fitted, FitTermWeights(problem, pool_, context_));
  if (!fitted.converged) context_.Warn("the training of the lexical model did not converge");
  return std::move(fitted.weights);
}

Status LexicalCorpus::Predict(const TermWeights& weights, std::span<const uint32_t> rows,
                              std::span<float> logits) const {
  return ForTexts(rows.size(), pool_, context_, [&](uint64_t begin, uint64_t end) {
    const auto part = rows.subspan(begin, end - begin);
    const SparseMatrix weighted = Weighted(frequencies_, part, weights.idf);
    for (uint64_t i = 0; i < part.size(); ++i) {
      weights.Logits(weighted.row(i),
                     logits.subspan(uint64_t{part[i]} * data_.classes, data_.classes));
    }
  });
}

}  // namespace llmembed::lexical
