// Recipes on a data set of the field, over several seeds, beside counting words, the paper, and
// asking a language model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llmembed/cost.h"
#include "llmembed/data.h"
#include "llmembed/embed.h"
#include "llmembed/export.h"
#include "llmembed/prompt.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed {

struct BenchmarkOptions {
  // sst2, mr, imdb, agnews, r8 or r52 (found below `folder`), or a file of labelled texts.
  std::string data_set;
  std::string folder = ".";          // holds NAME/train.tsv.gz and NAME/test.tsv.gz, or the like
  DataSource columns;                // of a file: how it is read; its path is not used
  std::string test_path;             // of a file: what is tested on
  std::vector<std::string> recipes;  // built-in names or YAML files; at least one
  uint32_t seeds = 5;                // 1 to 100: the seeds 1, 2, ...
  uint64_t train_rows = 0;           // a sample of so many, drawn by seed 1; 0: all
  uint64_t test_rows = 0;            // the same of the test texts

  // A language model is asked about the test texts as well, without examples and with prompt.shots
  // of them, and what both ways take is compared. For that the texts are embedded anew: nothing is
  // taken from the store, and nothing kept.
  bool compare_prompt = false;
  uint64_t prompt_rows = 0;  // test texts to ask about, drawn by seed 1; 0: all
  // model "": that of the recipes' first backbone with an LM head; prompt_template "", no labels:
  // the data set's own, else PromptSettings' own.
  PromptSettings prompt = {.prompt_template = ""};
  Prices prices;  // what the report reckons money with
};

// One training with one seed, measured on the test texts.
struct BenchmarkRun {
  uint64_t seed = 0;
  uint64_t correct = 0;
  double accuracy = 0.0;
  double macro_f1 = 0.0;
  double train_seconds = 0.0;
  bool is_collapsed = false;  // it predicts one class only
};

struct BenchmarkRow {
  std::string name;  // the recipe's; "lexical": TF-IDF and logistic regression
  std::string head;  // what was trained, in words, with the last seed
  std::vector<BenchmarkRun> runs;
  double accuracy = 0.0;         // the runs' mean
  double deviation = 0.0;        // their standard deviation (n - 1); 0 for one run
  double low = 0.0, high = 0.0;  // Wilson's 95 % interval of the mean on that many test texts
  double macro_f1 = 0.0;         // the runs' mean
  double train_seconds = 0.0;    // the runs' mean, without embedding
  uint64_t features = 0;         // what the head reads
  ExtractionReport extraction;   // of training and test texts; nothing for "lexical"
  // With the first seed: opening, embedding the training texts, training once, embedding the test
  // texts (with prompt_rows: those asked about), predicting. The peak of memory is of this row.
  CostReport cost;
};

// What the paper reports on this data set.
struct PaperResult {
  std::string method;
  double accuracy = 0.0;
  std::string not_comparable;  // why its figure is of something else; "": it is not
};

// One way to classify the texts that were asked about, all of what it takes measured.
struct ComparedMethod {
  std::string name;  // the recipe's, or the model's with the number of examples
  bool is_prompting = false;
  uint64_t texts = 0, correct = 0;
  double accuracy = 0.0;
  double low = 0.0, high = 0.0;  // Wilson's 95 % interval
  double macro_f1 = 0.0;
  uint64_t tokens = 0;           // that models read
  uint64_t reused_tokens = 0;    // of prompts, that were read with an earlier one
  uint64_t cut_texts = 0;        // too long for a prompt
  double further_seconds = 0.0;  // a text, once models are open and a head is trained
  // Of a recipe: as BenchmarkRow's. Of prompting: opening, finding examples, asking. The peak of
  // memory is of this way alone.
  CostReport cost;
};

// What the paper says that a data set took, on an A100: its tables 3 to 5.
struct PaperCost {
  double embedding_seconds = 0.0, embedding_kwh = 0.0;  // LLMEmbed
  double prompting_seconds = 0.0, prompting_kwh = 0.0;  // CARP
  uint64_t prompting_tokens = 0;
};

struct PromptComparison {
  PromptSettings settings;  // as they were used
  uint64_t texts = 0;       // that were asked about
  uint64_t test_texts = 0;
  std::vector<ComparedMethod> methods;  // the recipes with the first seed, then prompting
  std::optional<PaperCost> paper;       // of this data set, when it has it
};

struct BenchmarkReport {
  std::string data_set;
  uint64_t train_texts = 0, test_texts = 0;
  std::vector<std::string> labels;
  uint64_t test_texts_in_train = 0;  // whose text was also trained on
  std::vector<BenchmarkRow> rows;    // "lexical", then the recipes
  std::vector<PaperResult> paper;
  std::vector<DataIssue> issues;
  std::optional<PromptComparison> comparison;  // with compare_prompt
};

// kNotFound: no such data set there, naming the files that were looked for. With compare_prompt
// also Prompt's errors; what can be is looked at before anything takes long. Sets the process's
// peak of memory (VmHWM) back.
LLMEMBED_EXPORT Result<BenchmarkReport> Benchmark(const BenchmarkOptions& options,
                                                  const RunContext& context);

namespace eval {

// One JSON object, indented by two, ending in a newline: the report's members by their names.
LLMEMBED_EXPORT std::string BenchmarkToJsonText(const BenchmarkReport& report);

// For people: a table of accuracies, warnings, and the paper's figures with what sets them apart.
LLMEMBED_EXPORT std::string BenchmarkToText(const BenchmarkReport& report);

}  // namespace eval

}  // namespace llmembed
