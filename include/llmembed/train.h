// From a file of labelled texts to a bundle: read, embed, fuse, train, evaluate, write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llmembed/cost.h"
#include "llmembed/data.h"
#include "llmembed/embed.h"
#include "llmembed/evaluate.h"
#include "llmembed/export.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed {

struct TrainOptions {
  DataSource data;
  std::string test_path;  // "": hold out a part of data
  double holdout = 0.1;   // share held out when there is no test_path; 0: none
  // A built-in name, a YAML file, or "auto": the best that a search on the rows to train on finds.
  std::string recipe = "lite";
  uint64_t seed = 1;
  std::string output;  // the bundle's folder; replaced as a whole, or left as it was
  std::string curves;  // folder for the MLP's loss and accuracy by epoch; "": none are written
  Prices prices;       // what the report reckons money with
};

// What counting words reaches on the same rows: TF-IDF of words and pairs of words with logistic
// regression.
struct LexicalBaseline {
  uint64_t correct = 0;
  double accuracy = 0.0;
  double macro_f1 = 0.0;
  double train_seconds = 0.0;
  uint64_t terms = 0;
};

struct TrainReport {
  EvaluationReport evaluation;             // on the held-out part; n == 0 when there is none
  std::optional<LexicalBaseline> lexical;  // on the held-out part as well
  ExtractionReport extraction;
  CostReport cost;  // of everything but writing the bundle
  std::vector<DataIssue> issues;
  uint64_t train_rows = 0;
  uint64_t test_rows = 0;
  std::string recipe;               // its name; "searched" for auto
  std::string fusion;               // the expression
  std::string head;                 // what was chosen, in words, e.g. "logistic regression, C = 3"
  std::vector<std::string> curves;  // the files that were written
  std::string bundle;               // path
  std::string bundle_hash;
};

LLMEMBED_EXPORT Result<TrainReport> Train(const TrainOptions& options, const RunContext& context);

}  // namespace llmembed
