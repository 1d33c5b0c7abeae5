// A linear classifier over TF-IDF vectors, and how it is fitted.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "lexical/sparse_matrix.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::lexical {

// What a term weighs. Two classes have one logit z, that of class 1 against class 0.
struct TermWeights {
  uint32_t classes = 0;       // C, at least 2
  std::vector<float> idf;     // [terms]; 0: not a term of this model
  std::vector<float> weight;  // [terms, outputs]
  std::vector<float> bias;    // [outputs]

  uint32_t outputs() const { return classes == 2 ? 1 : classes; }

  // Logits of a TF-IDF row: [C], for two classes -z/2 and z/2, whose softmax is the binary model's
  // probability.
  void Logits(const SparseRow& row, std::span<float> logits) const;
};

struct FitProblem {
  const SparseMatrix& frequencies;   // of all rows, as TermCounter makes them
  std::span<const uint32_t> rows;    // to fit, at least one
  std::span<const uint32_t> labels;  // [all rows]
  uint32_t classes = 0;
  uint32_t min_documents = 0;
  double c = 0.0;
};

struct FittedTermWeights {
  TermWeights weights;
  bool converged = false;
};

// The minimum of sparse_logistic.h's loss over the listed rows; nothing else is looked at: idf, and
// which terms there are, come from these rows too. A class without a row takes no part. It has no
// minimum (its bias would fall for ever), so it gets no weights and the bias with which a text
// without a term belongs to it with the odds 1 to R + 1 (Laplace's rule of succession).
// kCancelled.
Result<FittedTermWeights> FitTermWeights(const FitProblem& problem, base::ThreadPool* pool,
                                         const RunContext& context);

}  // namespace llmembed::lexical
