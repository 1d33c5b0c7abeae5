// `prompt`: a language model is asked for the labels, with or without examples.
#include "base/random.h"
#include "eval/cost.h"
#include "llmembed/prompt.h"
#include "pipeline/cost_meter.h"
#include "pipeline/prompt_run.h"
#include "pipeline/row_sample.h"
#include "pipeline/runtime.h"
#include "pipeline/training_texts.h"

namespace llmembed {
namespace {

constexpr uint64_t kLimitStream = 1;  // its numbers are not those of HoldOut

// Those that Train would train and test on, some of the latter. Borrows from `read`.
pipeline::PromptTexts Divide(const PromptOptions& options, const pipeline::TrainingTexts& read) {
  const data::LabelledDataset& asked = read.has_test_file ? read.test : read.all;
  std::vector<uint32_t> rows =
      read.has_test_file ? pipeline::RowNumbers(read.test.size()) : read.split.held_out;
  pipeline::KeepSome(options.limit, base::Random(options.seed, kLimitStream), &rows);
  return {.shown = pipeline::SelectRows(read.all, read.split.train),
          .asked = pipeline::SelectRows(asked, rows),
          .labels = read.all.label_names(),
          .all_labels = read.label_names(),
          .shown_path = options.data.path,
          .asked_path = read.has_test_file ? options.test_path : options.data.path};
}

Status CheckOptions(const PromptOptions& options) {
  if (options.test_path.empty() && !(options.holdout > 0.0 && options.holdout < 1.0)) {
    return {StatusCode::kUsage,
            "without a test file the held-out share must be more than 0 and less than 1"};
  }
  return eval::CheckPrices(options.prices);
}

}  // namespace

Result<PromptReport> Prompt(const PromptOptions& options, const RunContext& context) {
  pipeline::CostMeter meter;
  LLMEMBED_RETURN_IF_ERROR(CheckOptions(options));
  LLMEMBED_ASSIGN_OR_RETURN(const auto runtime, pipeline::Runtime::Open(context));
  std::vector<DataIssue> issues;
  LLMEMBED_ASSIGN_OR_RETURN(const auto read,
                            pipeline::ReadTrainingTexts({.data = options.data,
                                                         .test_path = options.test_path,
                                                         .holdout = options.holdout,
                                                         .seed = options.seed},
                                                        context, &issues));
  const pipeline::PromptTexts texts = Divide(options, read);
  meter.Finish("read");
  LLMEMBED_ASSIGN_OR_RETURN(auto report, pipeline::RunPrompt(options.settings, texts, options.seed,
                                                             runtime.get(), &meter));
  report.evaluation.issues = std::move(issues);
  report.cost =
      eval::ReckonCost(meter.stages(), options.prices,
                       {report.cost.text_tokens, report.evaluation.extraction.from_store});
  return report;
}

}  // namespace llmembed
