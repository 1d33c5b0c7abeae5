// TF-IDF of word n-grams, as scikit-learn's TfidfVectorizer(sublinear_tf=True, smooth_idf=True,
// norm="l2") defines it, in f32.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lexical/ngram_vocabulary.h"
#include "lexical/sparse_matrix.h"
#include "lexical/word_scanner.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::lexical {

// The n-grams of up to `max_ngram` words that stand in at least `min_documents` of the texts, in
// the order in which they first appear, a text's words before its n-grams. Memory on the way: about
// 32 bytes for each different n-gram of the texts. kCancelled; kUnsupported: more n-grams than 32
// bits can number.
Result<NgramVocabulary> BuildVocabulary(std::span<const std::string_view> texts,
                                        std::span<const uint32_t> rows, uint32_t max_ngram,
                                        uint32_t min_documents, const RunContext& context);

// Counts the terms of texts. Borrows the vocabulary; not thread-safe.
class TermCounter {
 public:
  explicit TermCounter(const NgramVocabulary& vocabulary) : vocabulary_(vocabulary) {}

  // Appends one row to `frequencies` [texts, terms]: 1 + ln(count) of each term of the text.
  void AppendRow(std::string_view text, SparseMatrix* frequencies);

 private:
  const NgramVocabulary& vocabulary_;
  WordScanner scanner_;
  std::vector<uint32_t> words_;
  std::vector<uint32_t> terms_;
};

// For each term, ln((1 + n) / (1 + df)) + 1 over the n listed rows of `frequencies`, df of which
// have the term; 0 when fewer than `min_documents` have it: then it is no term of these rows.
// [terms]
std::vector<float> InverseDocumentFrequencies(const SparseMatrix& frequencies,
                                              std::span<const uint32_t> rows,
                                              uint32_t min_documents);

// The listed rows, each frequency times its term's idf and the row divided by its length. Terms
// whose idf is 0 are left out, a row without terms is empty.
SparseMatrix Weighted(const SparseMatrix& frequencies, std::span<const uint32_t> rows,
                      std::span<const float> idf);

}  // namespace llmembed::lexical
