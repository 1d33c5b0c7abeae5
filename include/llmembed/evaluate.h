// How good a bundle is on labelled texts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "llmembed/data.h"
#include "llmembed/embed.h"
#include "llmembed/export.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed {

struct ClassMetrics {
  std::string label;
  uint64_t support = 0;    // rows of this class
  uint64_t predicted = 0;  // rows predicted as it
  double precision = 0.0, recall = 0.0, f1 = 0.0;
};

// Metrics as scikit-learn defines them (an undefined ratio is 0).
struct EvaluationReport {
  uint64_t n = 0;
  uint64_t correct = 0;
  double accuracy = 0.0;
  double accuracy_low = 0.0, accuracy_high = 0.0;  // Wilson interval, 95 %
  double macro_f1 = 0.0;  // over classes that stand in the data or were predicted
  double log_loss = 0.0;
  std::vector<ClassMetrics> classes;             // the bundle's labels, then unseen ones
  std::vector<std::vector<uint64_t>> confusion;  // [true][predicted], same order
  std::vector<DataIssue> issues;
  ExtractionReport extraction;
};

struct EvaluateOptions {
  std::string bundle;
  DataSource data;
  bool verify = false;  // hash the backbone's files again instead of trusting a remembered check
};

LLMEMBED_EXPORT Result<EvaluationReport> Evaluate(const EvaluateOptions& options,
                                                  const RunContext& context);

namespace eval {

// One JSON object, indented by two, ending in a newline: n, correct, accuracy, accuracy_interval
// [low, high], macro_f1, log_loss, classes, confusion {labels, matrix}, issues, extraction.
LLMEMBED_EXPORT std::string ReportToJsonText(const EvaluationReport& report);

// Tables for people: the figures, the classes, and where the errors go. The issues and the
// extraction are not in it.
LLMEMBED_EXPORT std::string ReportToText(const EvaluationReport& report);

}  // namespace eval

}  // namespace llmembed
