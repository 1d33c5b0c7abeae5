// `prompt`: a language model is asked for the labels, with or without examples.
#include <algorithm>

#include "base/random.h"
#include "data/split.h"
#include "eval/cost.h"
#include "llmembed/prompt.h"
#include "pipeline/cost_meter.h"
#include "pipeline/prompt_run.h"
#include "pipeline/row_sample.h"
#include "pipeline/runtime.h"

namespace llmembed {
namespace {

// With a test file `test` holds what is asked about, else it is a part of `all`.
struct LoadedTexts {
  data::LabelledDataset all;
  data::LabelledDataset test;
};

// Some of the rows, drawn with the seed, in their order.
void Limit(uint64_t limit, uint64_t seed, std::vector<uint32_t>* rows) {
  if (limit == 0 || limit >= rows->size()) return;
  base::Random random(seed, /*stream=*/1);  // of their own: they are not those of HoldOut
  random.Shuffle(std::span(*rows));
  rows->resize(limit);
  std::ranges::sort(*rows);
}

// Those that Train would train and test on.
Result<pipeline::PromptTexts> ReadTexts(const PromptOptions& options, const RunContext& context,
                                        LoadedTexts* loaded, std::vector<DataIssue>* issues) {
  data::IssueLog log(options.data.path);
  data::IssueLog test_log(options.test_path);
  LLMEMBED_ASSIGN_OR_RETURN(loaded->all,
                            data::LabelledDataset::LoadTraining(options.data, context, &log));
  data::Split split;
  const bool has_test_file = !options.test_path.empty();
  if (has_test_file) {
    DataSource source = options.data;
    source.path = options.test_path;
    LLMEMBED_ASSIGN_OR_RETURN(
        loaded->test, data::LabelledDataset::LoadEvaluation(source, loaded->all.label_names(),
                                                            context, &test_log));
    data::ReportTestTextsInTrain(loaded->all, loaded->test, &test_log);
    split = {pipeline::RowNumbers(loaded->all.size()), pipeline::RowNumbers(loaded->test.size())};
  } else {
    LLMEMBED_ASSIGN_OR_RETURN(
        split, data::HoldOut(loaded->all, {.share = options.holdout, .seed = options.seed}, &log));
  }
  Limit(options.limit, options.seed, &split.held_out);
  *issues = log.Issues();
  const std::vector<DataIssue> test_issues = test_log.Issues();
  issues->insert(issues->end(), test_issues.begin(), test_issues.end());
  const data::LabelledDataset& asked = has_test_file ? loaded->test : loaded->all;
  return pipeline::PromptTexts{.shown = pipeline::SelectRows(loaded->all, split.train),
                               .asked = pipeline::SelectRows(asked, split.held_out),
                               .labels = loaded->all.label_names(),
                               .all_labels = asked.label_names(),
                               .shown_path = options.data.path,
                               .asked_path = has_test_file ? options.test_path : options.data.path};
}

}  // namespace

Result<PromptReport> Prompt(const PromptOptions& options, const RunContext& context) {
  pipeline::CostMeter meter;
  LLMEMBED_RETURN_IF_ERROR(eval::CheckPrices(options.prices));
  LLMEMBED_ASSIGN_OR_RETURN(const auto runtime, pipeline::Runtime::Open(context));
  LoadedTexts loaded;
  std::vector<DataIssue> issues;
  LLMEMBED_ASSIGN_OR_RETURN(const pipeline::PromptTexts texts,
                            ReadTexts(options, context, &loaded, &issues));
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
