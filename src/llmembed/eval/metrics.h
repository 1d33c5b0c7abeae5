// Classification metrics, as scikit-learn defines them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "eval/interval.h"
#include "llmembed/evaluate.h"
#include "llmembed/status.h"

namespace llmembed::eval {

// Borrows everything.
struct Predictions {
  std::span<const std::string> labels;   // the model's, then those that stand in the data only
  uint64_t known_labels = 0;             // how many of `labels` are the model's
  std::span<const uint32_t> truth;       // [N], each an index into `labels`
  std::span<const uint32_t> predicted;   // [N], each below known_labels
  std::span<const float> probabilities;  // [N, known_labels]
};

// Fills every number of the report, but neither `issues` nor `extraction`. All zeros when N is 0.
//
// A label the model does not know is a class that is never predicted: its rows count as wrong and
// cost the log-loss the largest price a row can have, -log(2^-23) = 15.9 (probabilities are
// clipped there, the precision of f32). Macro-F1 is the mean over the classes that occur in
// `truth` or `predicted`. kInternal when the parts do not fit together.
Result<EvaluationReport> ComputeMetrics(const Predictions& predictions);

// Wilson's 95 % score interval for a share of `correct` in `total` (1927); [0, 0] when total is 0.
Interval WilsonInterval(uint64_t correct, uint64_t total);

}  // namespace llmembed::eval
