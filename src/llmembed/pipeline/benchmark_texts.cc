#include "pipeline/benchmark_texts.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "pipeline/known_data_sets.h"

namespace llmembed::pipeline {
namespace {

constexpr uint64_t kSampleSeed = 1;

Result<DataSetFiles> FindTexts(const BenchmarkOptions& options) {
  const KnownDataSet* known = FindDataSet(options.data_set);
  if (known != nullptr) return FindFiles(*known, options.folder);
  if (!options.test_path.empty()) return DataSetFiles{options.data_set, options.test_path};
  return Status(StatusCode::kUsage, "\"" + options.data_set + "\" is none of " + DataSetNames() +
                                        "; a file of your own needs a test file as well");
}

// The test texts, in two parts.
void DivideTest(const BenchmarkOptions& options, BenchmarkTexts* texts) {
  const std::vector<uint32_t> drawn =
      DrawRowNumbers(texts->test_set.size(), options.test_rows, kSampleSeed);
  const uint64_t asked_count = options.compare_prompt ? options.prompt_rows : 0;
  std::vector<uint32_t> asked, rest;
  size_t next = 0;
  for (const uint32_t place : DrawRowNumbers(drawn.size(), asked_count, kSampleSeed)) {
    while (next < place) rest.push_back(drawn[next++]);
    asked.push_back(drawn[next++]);
  }
  while (next < drawn.size()) rest.push_back(drawn[next++]);
  texts->asked = SelectRows(texts->test_set, asked);
  texts->rest = SelectRows(texts->test_set, rest);
}

uint64_t CountTrainedOn(const BenchmarkTexts& texts) {
  const std::unordered_set<std::string_view> trained(texts.train.texts.begin(),
                                                     texts.train.texts.end());
  const auto is_trained_on = [&](std::string_view text) { return trained.contains(text); };
  return static_cast<uint64_t>(std::ranges::count_if(texts.asked.texts, is_trained_on) +
                               std::ranges::count_if(texts.rest.texts, is_trained_on));
}

}  // namespace

Result<BenchmarkTexts> ReadBenchmarkTexts(const BenchmarkOptions& options,
                                          const RunContext& context, BenchmarkReport* report) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto files, FindTexts(options));
  BenchmarkTexts texts;
  texts.train_path = files.train;
  texts.test_path = files.test;
  data::IssueLog train_log(files.train), test_log(files.test);
  DataSource source = options.columns;
  source.path = files.train;
  LLMEMBED_ASSIGN_OR_RETURN(texts.train_set,
                            data::LabelledDataset::LoadTraining(source, context, &train_log));
  source.path = files.test;
  LLMEMBED_ASSIGN_OR_RETURN(
      texts.test_set, data::LabelledDataset::LoadEvaluation(source, texts.train_set.label_names(),
                                                            context, &test_log));
  texts.train = DrawRows(texts.train_set, options.train_rows, kSampleSeed);
  DivideTest(options, &texts);
  report->test_texts_in_train = CountTrainedOn(texts);
  report->issues = train_log.Issues();
  const std::vector<DataIssue> test_issues = test_log.Issues();
  report->issues.insert(report->issues.end(), test_issues.begin(), test_issues.end());
  report->train_texts = texts.train.size();
  report->test_texts = texts.test_size();
  report->labels = texts.train_set.label_names();
  return texts;
}

}  // namespace llmembed::pipeline
