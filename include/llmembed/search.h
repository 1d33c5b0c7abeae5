// Finds, on labelled texts of your own, which layers, fusion and head to take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llmembed/cost.h"
#include "llmembed/data.h"
#include "llmembed/embed.h"
#include "llmembed/export.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed {

struct SearchOptions {
  DataSource data;
  std::string test_path;        // "": hold out a part of data; it is measured on, never chosen by
  double holdout = 0.2;         // share held out when there is no test_path; 0: none
  std::string recipe = "lite";  // whose backbones and length rules are searched over
  uint64_t train_rows = 4000;   // a stratified sample of so many to choose on; 0: all
  uint32_t budget = 60;         // candidates, at most 1,000
  double max_seconds = 0.0;     // no new candidate after so long; 0: no limit
  uint64_t seed = 1;
  bool choose_only = false;  // the recipe alone: no costs, test accuracies or counting of words
  std::string output;        // folder for recipe.yaml, tables and plots; "": none is written
  Prices prices;             // what the report reckons money with
};

// A fusion with a head, and how good it is.
struct SearchCandidate {
  std::string stage;       // "layer", "recipe" (the given one's own), "pair", "fusion" or "head"
  std::string fusion;      // the expression
  std::string head;        // "logistic_regression" or "mlp"
  double accuracy = 0.0;   // mean over the repeats, on rows that its training did not see
  double deviation = 0.0;  // of the repeats
  double log_loss = 0.0;   // mean over the repeats
  uint64_t features = 0;   // what the head reads
  // Measured: its backbones over a sample of texts, without the store.
  double milliseconds_per_text = 0.0;
  double megabytes = 0.0;               // of the weights of the layers that are run
  bool is_on_front = false;             // no other is at least as accurate and as fast
  std::optional<double> test_accuracy;  // trained on all rows; of the best and the layers only
};

struct SearchReport {
  std::vector<SearchCandidate> candidates;  // the best first
  uint64_t train_rows = 0;                  // chosen on
  uint64_t test_rows = 0;
  uint32_t repeats = 0;
  bool is_cut_short = false;       // by max_seconds
  double lexical_accuracy = 0.0;   // of counting words, on the same repeats
  std::string recipe;              // YAML of the best
  std::vector<std::string> files;  // what was written
  ExtractionReport extraction;
  CostReport cost;  // of everything but writing the files
  std::vector<DataIssue> issues;
};

// The same data, options and machine give the same candidates in the same order, unless max_seconds
// cuts them short. Errors as Train.
LLMEMBED_EXPORT Result<SearchReport> Search(const SearchOptions& options,
                                            const RunContext& context);

namespace eval {

// One JSON object, indented by two, ending in a newline.
LLMEMBED_EXPORT std::string SearchToJsonText(const SearchReport& report);

// The best candidates as a table, the layers' accuracies, what the test says of the best.
LLMEMBED_EXPORT std::string SearchToText(const SearchReport& report);

}  // namespace eval

}  // namespace llmembed
