// The baseline that counts words: TF-IDF of word n-grams and logistic regression.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lexical/lexical_data.h"
#include "lexical/ngram_vocabulary.h"
#include "lexical/term_weights.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::lexical {

// What scikit-learn 1.5 fits with TfidfVectorizer(ngram_range=(1, max_ngram), min_df=min_documents,
// sublinear_tf=True) and LogisticRegression(C=c), brought to its minimum. Immutable, so safe to use
// from many threads.
class LexicalModel {
 public:
  // Nothing here is random, and the bits do not depend on the number of threads. Memory, with E
  // entries of the TF-IDF matrix (different n-grams of each text, kept ones), T terms, K outputs
  // and R rows: about 24 E + 24 T K + 16 R K bytes, and before that 32 bytes for each n-gram of the
  // texts. Errors as CheckLexicalData; kBadData: no term stands in enough texts; kCancelled,
  // kUnsupported.
  static Result<LexicalModel> Train(const LexicalData& data, const LexicalConfig& config,
                                    const RunContext& context);

  // Precondition: weights of the vocabulary's terms.
  LexicalModel(NgramVocabulary vocabulary, TermWeights weights)
      : vocabulary_(std::move(vocabulary)), weights_(std::move(weights)) {}

  // [texts, C]; the softmax of a row are the probabilities. A text without a known term has the
  // biases alone. kCancelled.
  Result<std::vector<float>> Logits(std::span<const std::string_view> texts,
                                    const RunContext& context) const;

  uint32_t classes() const { return weights_.classes; }  // C
  uint32_t terms() const { return vocabulary_.size(); }  // T
  uint64_t bytes() const;                                // of memory
  const NgramVocabulary& vocabulary() const { return vocabulary_; }
  const TermWeights& weights() const { return weights_; }

 private:
  NgramVocabulary vocabulary_;
  TermWeights weights_;
};

}  // namespace llmembed::lexical
