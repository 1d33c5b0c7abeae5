// The counted texts of a training, and the fits on all or some of them.
#pragma once

#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "lexical/lexical_data.h"
#include "lexical/ngram_vocabulary.h"
#include "lexical/sparse_matrix.h"
#include "lexical/term_weights.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::lexical {

// Calls body(begin, end) over [0, count) in pieces of at most kPieceTexts, on all threads.
// kCancelled.
inline constexpr uint64_t kPieceTexts = 256;
Status ForTexts(uint64_t count, base::ThreadPool* pool, const RunContext& context,
                const std::function<void(uint64_t begin, uint64_t end)>& body);

// 0, 1, ... count - 1.
std::vector<uint32_t> Numbers(size_t count);

// The listed rows of a LexicalData as term frequencies. Rows are named by their places in the list,
// less than R. Borrows what it is made from; not thread-safe.
class LexicalCorpus {
 public:
  // Precondition: CheckLexicalData. kBadData: no term stands in enough texts; kCancelled,
  // kUnsupported.
  static Result<LexicalCorpus> Create(const LexicalData& data, const LexicalConfig& config,
                                      base::ThreadPool* pool, const RunContext& context);

  // Weights for the terms that stand in enough of these rows; at least one row. Warns when it did
  // not converge. kCancelled.
  Result<TermWeights> Fit(std::span<const uint32_t> rows) const;

  // Writes these rows' logits to their places in `logits` [R, C]. kCancelled.
  Status Predict(const TermWeights& weights, std::span<const uint32_t> rows,
                 std::span<float> logits) const;

  uint64_t rows() const { return labels_.size(); }  // R
  NgramVocabulary TakeVocabulary() { return std::move(vocabulary_); }

 private:
  LexicalCorpus(const LexicalData& data, const LexicalConfig& config, base::ThreadPool* pool,
                const RunContext& context);
  Status CountTerms();

  const LexicalData& data_;
  const LexicalConfig& config_;
  base::ThreadPool* pool_;
  const RunContext& context_;
  NgramVocabulary vocabulary_;
  SparseMatrix frequencies_;      // [R, terms]
  std::vector<uint32_t> labels_;  // [R]
};

}  // namespace llmembed::lexical
