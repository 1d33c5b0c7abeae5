#include "lexical/term_weights.h"

#include <algorithm>
#include <cmath>

#include "lexical/newton.h"
#include "lexical/sparse_logistic.h"
#include "lexical/tfidf.h"

namespace llmembed::lexical {
namespace {

// The classes that have rows, numbered anew.
struct PresentClasses {
  std::vector<uint32_t> labels;   // [listed rows]
  std::vector<uint32_t> classes;  // the class of each new number
};

PresentClasses FindPresentClasses(const FitProblem& problem) {
  constexpr uint32_t kAbsent = UINT32_MAX;
  std::vector<uint32_t> number(problem.classes, kAbsent);
  for (const uint32_t row : problem.rows) number[problem.labels[row]] = 0;
  PresentClasses present;
  for (uint32_t label = 0; label < problem.classes; ++label) {
    if (number[label] == kAbsent) continue;
    number[label] = static_cast<uint32_t>(present.classes.size());
    present.classes.push_back(label);
  }
  for (const uint32_t row : problem.rows) present.labels.push_back(number[problem.labels[row]]);
  return present;
}

// Parameters [terms + 1, stride] of some of the outputs, to their places among all.
void Spread(std::span<const float> parameters, uint64_t stride, std::span<const uint32_t> outputs,
            TermWeights* weights) {
  const uint64_t terms = weights->idf.size();
  for (size_t i = 0; i < outputs.size(); ++i) {
    for (uint64_t term = 0; term < terms; ++term) {
      weights->weight[term * weights->outputs() + outputs[i]] = parameters[term * stride + i];
    }
    weights->bias[outputs[i]] = parameters[terms * stride + i];
  }
}

// The softmax does not see what all biases have in common: it is taken away.
void Center(std::span<float> biases) {
  double sum = 0.0;
  for (const float bias : biases) sum += bias;
  const double mean = sum / static_cast<double>(biases.size());
  for (float& bias : biases) bias = static_cast<float>(bias - mean);
}

// The logit whose class has the odds 1 to rows + 1 against those of `biases`.
float AbsentBias(std::span<const float> biases, size_t rows) {
  const double largest = *std::max_element(biases.begin(), biases.end());
  double sum = 0.0;
  for (const float bias : biases) sum += std::exp(bias - largest);
  return static_cast<float>(largest + std::log(sum) - std::log1p(static_cast<double>(rows)));
}

}  // namespace

void TermWeights::Logits(const SparseRow& row, std::span<float> logits) const {
  const uint32_t count = outputs();
  std::copy(bias.begin(), bias.end(), logits.begin());
  for (size_t i = 0; i < row.columns.size(); ++i) {
    const float* of_term = weight.data() + uint64_t{row.columns[i]} * count;
    for (uint32_t k = 0; k < count; ++k) logits[k] += row.values[i] * of_term[k];
  }
  if (count == 1) {
    logits[1] = 0.5F * logits[0];
    logits[0] = -logits[1];
  }
}

Result<FittedTermWeights> FitTermWeights(const FitProblem& problem, base::ThreadPool* pool,
                                         const RunContext& context) {
  const PresentClasses present = FindPresentClasses(problem);
  FittedTermWeights fit;
  TermWeights& weights = fit.weights;
  weights.classes = problem.classes;
  weights.idf =
      InverseDocumentFrequencies(problem.frequencies, problem.rows, problem.min_documents);
  weights.weight.resize(weights.idf.size() * weights.outputs(), 0.0F);
  weights.bias.resize(weights.outputs(), 0.0F);

  if (present.classes.size() == 1) {  // no weights; what is left are the odds
    const float bias = AbsentBias(std::vector<float>{0.0F}, problem.rows.size());
    if (weights.outputs() > 1) {
      std::fill(weights.bias.begin(), weights.bias.end(), bias);
      weights.bias[present.classes[0]] = 0.0F;
    } else {
      weights.bias[0] = present.classes[0] == 0 ? bias : -bias;
    }
    fit.converged = true;
    return fit;
  }

  const SparseMatrix rows = Weighted(problem.frequencies, problem.rows, weights.idf);
  const auto count = static_cast<uint32_t>(present.classes.size());
  // Two present classes of more are two logits: only a model of two classes has a single one.
  const LossKind kind = weights.outputs() == 1 ? LossKind::kBinary : LossKind::kSoftmax;
  SparseLogistic objective({rows, present.labels, count, kind, problem.c}, pool, context);
  std::vector<float> parameters(objective.parameter_count(), 0.0F);
  LLMEMBED_ASSIGN_OR_RETURN(const NewtonOutcome outcome,
                            MinimizeNewton(&objective, {}, pool, parameters));
  fit.converged = outcome.converged;
  if (kind == LossKind::kBinary) {
    Spread(parameters, objective.stride(), std::vector<uint32_t>{0}, &weights);
  } else {
    const auto biases = std::span(parameters).subspan(rows.width * objective.stride(), count);
    Center(biases);
    std::fill(weights.bias.begin(), weights.bias.end(), AbsentBias(biases, problem.rows.size()));
    Spread(parameters, objective.stride(), present.classes, &weights);
  }
  return fit;
}

}  // namespace llmembed::lexical
