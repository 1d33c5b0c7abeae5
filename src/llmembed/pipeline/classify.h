// From features to labels, for evaluation and prediction alike.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "head/head.h"
#include "llmembed/evaluate.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"
#include "pipeline/feature_source.h"
#include "pipeline/runtime.h"

namespace llmembed::pipeline {

// labels: the head's, then those that stand in the data only; truth: [N], indices into them;
// features: [N, D].
Result<EvaluationReport> EvaluateRows(const head::Head& head, std::span<const std::string> labels,
                                      std::span<const uint32_t> truth,
                                      std::span<const float> features);

// The same of some rows of [N]: `rows` are indices into truth and features.
Result<EvaluationReport> EvaluateSomeRows(const head::Head& head,
                                          std::span<const std::string> labels,
                                          std::span<const uint32_t> truth,
                                          std::span<const float> features,
                                          std::span<const uint32_t> rows);

// The same from logits or log-probabilities [N, classes] of a model that knows `classes` labels.
Result<EvaluationReport> EvaluateScores(std::vector<float> scores, uint32_t classes,
                                        std::span<const std::string> labels,
                                        std::span<const uint32_t> truth);

// A bundle with its backbones opened and found to be the ones it was trained on.
struct OpenedBundle {
  bundle::Bundle bundle;
  std::unique_ptr<Runtime> runtime;
  std::unique_ptr<FeatureSource> source;
};

// kMismatch: a backbone, tokenizer or configuration is another one than in training. A bundle
// trained in bf16 runs in f32, with a warning, on a CPU that does not multiply bf16.
Result<OpenedBundle> OpenBundle(const std::string& folder, extract::DigestCheck check,
                                const RunContext& context);

}  // namespace llmembed::pipeline
