// `benchmark`: recipes on a data set, several seeds each, beside counting words, the paper and
// asking a language model.
#include <string_view>

#include "base/cpu.h"
#include "eval/cost.h"
#include "llmembed/benchmark.h"
#include "pipeline/benchmark_comparison.h"
#include "pipeline/benchmark_recipe.h"
#include "pipeline/benchmark_texts.h"
#include "pipeline/cost_meter.h"
#include "pipeline/known_data_sets.h"
#include "pipeline/lexical_baseline.h"
#include "pipeline/runtime.h"
#include "recipe/recipe.h"

namespace llmembed {
namespace {

constexpr uint32_t kMaxSeeds = 100;

// Nothing in it depends on a seed: one run.
Result<BenchmarkRow> RunLexical(const pipeline::BenchmarkTexts& texts, const Prices& prices,
                                const RunContext& context) {
  base::RestartPeakMemory();
  pipeline::CostMeter meter;
  BenchmarkRow row;
  row.name = "lexical";
  row.head = "TF-IDF of words and pairs of words, logistic regression, C = 10";
  const std::vector<uint32_t> rows = pipeline::RowNumbers(texts.train.size());
  std::vector<std::string_view> test_texts = texts.asked.texts;
  test_texts.insert(test_texts.end(), texts.rest.texts.begin(), texts.rest.texts.end());
  std::vector<uint32_t> truth = texts.asked.labels;
  truth.insert(truth.end(), texts.rest.labels.begin(), texts.rest.labels.end());
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto measured,
      pipeline::MeasureLexical(
          {.texts = texts.train.texts,
           .labels = texts.train.labels,
           .classes = static_cast<uint32_t>(texts.train_set.label_names().size()),
           .rows = rows,
           .test_texts = test_texts,
           .truth = truth,
           .label_names = texts.test_set.label_names()},
          context));
  meter.Finish("count words");
  row.cost = eval::ReckonCost(meter.stages(), prices, {});
  row.features = measured.terms;
  row.runs.push_back(pipeline::MeasuredRun(measured.evaluation, 1, measured.train_seconds));
  pipeline::SummariseRuns(texts.test_size(), &row);
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

Status CheckOptions(const BenchmarkOptions& options) {
  if (options.seeds < 1 || options.seeds > kMaxSeeds || options.recipes.empty()) {
    return {StatusCode::kUsage, "expected 1 to 100 seeds, and at least one recipe"};
  }
  return eval::CheckPrices(options.prices);
}

// All recipes in turn, their ways into the comparison when there is one.
Status RunRecipes(const std::vector<recipe::Recipe>& recipes, const BenchmarkOptions& options,
                  const pipeline::BenchmarkTexts& texts, pipeline::Runtime* runtime,
                  BenchmarkReport* report) {
  for (const recipe::Recipe& recipe : recipes) {
    LLMEMBED_ASSIGN_OR_RETURN(
        auto result, pipeline::RunRecipe(recipe, texts, options.seeds, options.prices, runtime));
    if (report->comparison) {
      report->comparison->methods.push_back(pipeline::EmbeddingMethod(result));
    }
    report->rows.push_back(std::move(result.row));
  }
  return {};
}

}  // namespace

Result<BenchmarkReport> Benchmark(const BenchmarkOptions& options, const RunContext& given) {
  LLMEMBED_RETURN_IF_ERROR(CheckOptions(options));
  RunContext context = given;
  if (options.compare_prompt) context.store = "none";  // what vectors cost is to be measured
  std::vector<recipe::Recipe> recipes;                 // read before anything takes long
  for (const std::string& name : options.recipes) {
    LLMEMBED_ASSIGN_OR_RETURN(auto recipe, recipe::LoadRecipe(name));
    recipes.push_back(std::move(recipe));
  }
  BenchmarkReport report;
  report.data_set = options.data_set;
  LLMEMBED_ASSIGN_OR_RETURN(const auto texts,
                            pipeline::ReadBenchmarkTexts(options, context, &report));
  PromptSettings prompt;
  if (options.compare_prompt) {
    LLMEMBED_ASSIGN_OR_RETURN(
        prompt, pipeline::ComparisonSettings(options, recipes, report.labels, context));
    report.comparison.emplace();
  }
  LLMEMBED_ASSIGN_OR_RETURN(const auto runtime, pipeline::Runtime::Open(context));
  LLMEMBED_ASSIGN_OR_RETURN(auto lexical, RunLexical(texts, options.prices, context));
  report.rows.push_back(std::move(lexical));
  LLMEMBED_RETURN_IF_ERROR(RunRecipes(recipes, options, texts, runtime.get(), &report));
  if (options.compare_prompt) {
    LLMEMBED_RETURN_IF_ERROR(pipeline::MeasurePrompting(prompt, texts, options.prices,
                                                        runtime.get(), &*report.comparison));
    const pipeline::KnownDataSet* known = pipeline::FindDataSet(options.data_set);
    if (known != nullptr) report.comparison->paper = known->cost;
  }
  report.paper = PaperRows(options, report);
  return report;
}

}  // namespace llmembed
