// `benchmark`: recipes on a data set, several seeds each, beside counting words and the paper.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <unordered_set>

#include "data/labelled_dataset.h"
#include "eval/metrics.h"
#include "llmembed/benchmark.h"
#include "pipeline/classify.h"
#include "pipeline/dataset_features.h"
#include "pipeline/feature_source.h"
#include "pipeline/fit_head.h"
#include "pipeline/known_data_sets.h"
#include "pipeline/lexical_baseline.h"
#include "pipeline/lexical_part.h"
#include "pipeline/row_sample.h"
#include "pipeline/runtime.h"
#include "recipe/recipe.h"

namespace llmembed {
namespace {

constexpr uint32_t kMaxSeeds = 100;
constexpr uint64_t kSampleSeed = 1;

struct Texts {
  data::LabelledDataset train_set, test_set;  // what the samples point into
  pipeline::RowSample train, test;
  std::string train_path, test_path;
};

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Result<pipeline::DataSetFiles> FindTexts(const BenchmarkOptions& options) {
  const pipeline::KnownDataSet* known = pipeline::FindDataSet(options.data_set);
  if (known != nullptr) return pipeline::FindFiles(*known, options.folder);
  if (!options.test_path.empty()) {
    return pipeline::DataSetFiles{options.data_set, options.test_path};
  }
  return Status(StatusCode::kUsage, "\"" + options.data_set + "\" is none of " +
                                        pipeline::DataSetNames() +
                                        "; a file of your own needs a test file as well");
}

Result<Texts> ReadTexts(const BenchmarkOptions& options, const RunContext& context,
                        BenchmarkReport* report) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto files, FindTexts(options));
  Texts texts;
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
  texts.train = pipeline::DrawRows(texts.train_set, options.train_rows, kSampleSeed);
  texts.test = pipeline::DrawRows(texts.test_set, options.test_rows, kSampleSeed);
  const std::unordered_set<std::string_view> trained(texts.train.texts.begin(),
                                                     texts.train.texts.end());
  report->test_texts_in_train = static_cast<uint64_t>(std::ranges::count_if(
      texts.test.texts, [&](std::string_view text) { return trained.contains(text); }));
  report->issues = train_log.Issues();
  const std::vector<DataIssue> test_issues = test_log.Issues();
  report->issues.insert(report->issues.end(), test_issues.begin(), test_issues.end());
  report->train_texts = texts.train.size();
  report->test_texts = texts.test.size();
  report->labels = texts.train_set.label_names();
  return texts;
}

BenchmarkRun Measured(const EvaluationReport& evaluation, uint64_t seed, double train_seconds) {
  const auto classes_predicted = std::ranges::count_if(
      evaluation.classes, [](const ClassMetrics& metrics) { return metrics.predicted > 0; });
  return {.seed = seed,
          .correct = evaluation.correct,
          .accuracy = evaluation.accuracy,
          .macro_f1 = evaluation.macro_f1,
          .train_seconds = train_seconds,
          .is_collapsed = classes_predicted < 2};
}

// The means over the row's runs.
void Summarise(uint64_t test_texts, BenchmarkRow* row) {
  const auto count = static_cast<double>(row->runs.size());
  for (const BenchmarkRun& run : row->runs) {
    row->accuracy += run.accuracy / count;
    row->macro_f1 += run.macro_f1 / count;
    row->train_seconds += run.train_seconds / count;
  }
  double squares = 0.0;
  for (const BenchmarkRun& run : row->runs) {
    squares += (run.accuracy - row->accuracy) * (run.accuracy - row->accuracy);
  }
  if (row->runs.size() > 1) row->deviation = std::sqrt(squares / (count - 1.0));
  const auto correct =
      static_cast<uint64_t>(std::llround(row->accuracy * static_cast<double>(test_texts)));
  const eval::Interval interval = eval::WilsonInterval(correct, test_texts);
  row->low = interval.low;
  row->high = interval.high;
}

// Nothing in it depends on a seed: one run.
Result<BenchmarkRow> RunLexical(const Texts& texts, const RunContext& context) {
  BenchmarkRow row;
  row.name = "lexical";
  row.head = "TF-IDF of words and pairs of words, logistic regression, C = 10";
  const std::vector<uint32_t> rows = pipeline::RowNumbers(texts.train.size());
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto measured,
      pipeline::MeasureLexical(
          {.texts = texts.train.texts,
           .labels = texts.train.labels,
           .classes = static_cast<uint32_t>(texts.train_set.label_names().size()),
           .rows = rows,
           .test_texts = texts.test.texts,
           .truth = texts.test.labels,
           .label_names = texts.test_set.label_names()},
          context));
  row.features = measured.terms;
  row.runs.push_back(Measured(measured.evaluation, 1, measured.train_seconds));
  Summarise(texts.test.size(), &row);
  return row;
}

Result<BenchmarkRow> RunRecipe(const recipe::Recipe& recipe, const Texts& texts, uint32_t seeds,
                               pipeline::Runtime* runtime, const RunContext& context) {
  BenchmarkRow row;
  row.name = recipe.name;
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto source,
      pipeline::FeatureSource::Open(recipe, extract::DigestCheck::kRemembered, runtime));
  const std::vector<uint32_t> rows = pipeline::RowNumbers(texts.train.size());
  const auto classes = static_cast<uint32_t>(texts.train_set.label_names().size());
  pipeline::LexicalPart lexical_part;
  if (source->needs_lexical()) {
    LLMEMBED_ASSIGN_OR_RETURN(lexical_part,
                              pipeline::FitLexicalPart({texts.train.texts, texts.train.labels,
                                                        texts.train.first_rows, rows, classes},
                                                       kSampleSeed, context));
    LLMEMBED_RETURN_IF_ERROR(source->UseLexical(lexical_part.model));
  }
  pipeline::DatasetRows train_rows = texts.train.rows();
  train_rows.word_scores = lexical_part.word_scores;
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto train_features,
      pipeline::ComputeFeatures(train_rows, texts.train_path, source.get(), context));
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto test_features,
      pipeline::ComputeFeatures(texts.test.rows(), texts.test_path, source.get(), context));
  row.features = source->network() != nullptr ? source->network()->width() : source->width();
  row.extraction = source->backbones().report(texts.test_set.label_names());
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto start = std::chrono::steady_clock::now();
    LLMEMBED_ASSIGN_OR_RETURN(const auto trained,
                              pipeline::FitHead(recipe.head,
                                                {.features = train_features.values(),
                                                 .labels = texts.train.labels,
                                                 .first_rows = texts.train.first_rows,
                                                 .rows = rows,
                                                 .classes = classes,
                                                 .network = source->network()},
                                                seed, context));
    const double seconds = SecondsSince(start);
    LLMEMBED_ASSIGN_OR_RETURN(const auto evaluation,
                              pipeline::EvaluateRows(trained.head, texts.test_set.label_names(),
                                                     texts.test.labels, test_features.values()));
    row.head = trained.description;
    row.runs.push_back(Measured(evaluation, seed, seconds));
  }
  Summarise(texts.test.size(), &row);
  return row;
}

std::vector<PaperResult> PaperRows(const BenchmarkOptions& options, const BenchmarkReport& report) {
  std::vector<PaperResult> results;
  const pipeline::KnownDataSet* known = pipeline::FindDataSet(options.data_set);
  if (known == nullptr) return results;
  std::string difference(known->difference);
  if (report.train_texts != known->train_texts || report.test_texts != known->test_texts) {
    difference += (difference.empty() ? "" : "; ") + std::string("its texts are ") +
                  std::to_string(known->train_texts) + " and " + std::to_string(known->test_texts);
  }
  for (const pipeline::PaperFigure& figure : known->figures) {
    results.push_back({std::string(figure.method), figure.accuracy, difference});
  }
  return results;
}

}  // namespace

Result<BenchmarkReport> Benchmark(const BenchmarkOptions& options, const RunContext& context) {
  if (options.seeds < 1 || options.seeds > kMaxSeeds || options.recipes.empty()) {
    return Status(StatusCode::kUsage, "expected 1 to 100 seeds, and at least one recipe");
  }
  std::vector<recipe::Recipe> recipes;  // read before anything takes long
  for (const std::string& name : options.recipes) {
    LLMEMBED_ASSIGN_OR_RETURN(auto recipe, recipe::LoadRecipe(name));
    recipes.push_back(std::move(recipe));
  }
  BenchmarkReport report;
  report.data_set = options.data_set;
  LLMEMBED_ASSIGN_OR_RETURN(const Texts texts, ReadTexts(options, context, &report));
  LLMEMBED_ASSIGN_OR_RETURN(const auto runtime, pipeline::Runtime::Open(context));
  LLMEMBED_ASSIGN_OR_RETURN(auto lexical, RunLexical(texts, context));
  report.rows.push_back(std::move(lexical));
  for (const recipe::Recipe& recipe : recipes) {
    LLMEMBED_ASSIGN_OR_RETURN(auto row,
                              RunRecipe(recipe, texts, options.seeds, runtime.get(), context));
    report.rows.push_back(std::move(row));
  }
  report.paper = PaperRows(options, report);
  return report;
}

}  // namespace llmembed
