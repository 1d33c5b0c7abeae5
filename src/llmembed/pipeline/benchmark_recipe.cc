#include "pipeline/benchmark_recipe.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/cpu.h"
#include "eval/cost.h"
#include "eval/metrics.h"
#include "pipeline/classify.h"
#include "pipeline/cost_meter.h"
#include "pipeline/dataset_features.h"
#include "pipeline/feature_source.h"
#include "pipeline/fit_head.h"
#include "pipeline/lexical_part.h"

namespace llmembed::pipeline {
namespace {

constexpr uint64_t kLexicalSeed = 1;

class RecipeJob {
 public:
  RecipeJob(const recipe::Recipe& recipe, const BenchmarkTexts& texts, const Prices& prices,
            Runtime* runtime)
      : recipe_(recipe),
        texts_(texts),
        prices_(prices),
        runtime_(runtime),
        classes_(static_cast<uint32_t>(texts.train_set.label_names().size())),
        rows_(RowNumbers(texts.train.size())) {}

  Result<RecipeResult> Run(uint32_t seeds) {
    result_.row.name = recipe_.name;
    LLMEMBED_ASSIGN_OR_RETURN(
        source_, FeatureSource::Open(recipe_, extract::DigestCheck::kRemembered, runtime_));
    meter_.Finish("open");
    LLMEMBED_RETURN_IF_ERROR(EmbedTraining());
    LLMEMBED_RETURN_IF_ERROR(MeasureFirst());
    for (uint64_t seed = 2; seed <= seeds; ++seed) {
      LLMEMBED_ASSIGN_OR_RETURN(const auto head, Fit(seed));
      LLMEMBED_RETURN_IF_ERROR(Evaluate(head, seed));
    }
    SummariseRuns(texts_.test_size(), &result_.row);
    return std::move(result_);
  }

 private:
  std::span<const std::string> labels() const { return texts_.test_set.label_names(); }
  const RunContext& context() const { return runtime_->context(); }

  Status EmbedTraining() {
    LexicalPart lexical_part;
    if (source_->needs_lexical()) {
      LLMEMBED_ASSIGN_OR_RETURN(lexical_part,
                                FitLexicalPart({.texts = texts_.train.texts,
                                                .labels = texts_.train.labels,
                                                .classes = classes_,
                                                .rows = rows_},
                                               texts_.train.first_rows, kLexicalSeed, context()));
      LLMEMBED_RETURN_IF_ERROR(source_->UseLexical(lexical_part.model));
      meter_.Finish("fit words");
    }
    DatasetRows rows = texts_.train.rows();
    rows.word_scores = lexical_part.word_scores;
    LLMEMBED_ASSIGN_OR_RETURN(train_,
                              ComputeFeatures(rows, texts_.train_path, source_.get(), context()));
    meter_.Finish("embed training texts");
    result_.row.features =
        source_->network() != nullptr ? source_->network()->width() : source_->width();
    return {};
  }

  // With the first seed: the stages that stand for one training, and then for one prediction.
  Status MeasureFirst() {
    LLMEMBED_ASSIGN_OR_RETURN(const auto head, Fit(1));
    meter_.Finish("train");
    LLMEMBED_ASSIGN_OR_RETURN(
        asked_, ComputeFeatures(texts_.asked.rows(), texts_.test_path, source_.get(), context()));
    meter_.Finish("embed test texts");
    LLMEMBED_ASSIGN_OR_RETURN(result_.asked,
                              EvaluateRows(head, labels(), texts_.asked.labels, asked_.values()));
    meter_.Finish("predict");
    const ExtractionReport extraction = source_->backbones().report(labels());
    result_.tokens = extraction.tokens;
    result_.row.cost = eval::MakeCostReport(meter_.stages(), prices_, extraction);
    if (texts_.rest.size() > 0) {
      LLMEMBED_ASSIGN_OR_RETURN(
          rest_, ComputeFeatures(texts_.rest.rows(), texts_.test_path, source_.get(), context()));
    }
    result_.row.extraction = source_->backbones().report(labels());
    return Evaluate(head, 1);
  }

  Result<head::Head> Fit(uint64_t seed) {
    const auto start = std::chrono::steady_clock::now();
    LLMEMBED_ASSIGN_OR_RETURN(auto trained, FitHead(recipe_.head,
                                                    {.features = train_.values(),
                                                     .labels = texts_.train.labels,
                                                     .first_rows = texts_.train.first_rows,
                                                     .rows = rows_,
                                                     .classes = classes_,
                                                     .network = source_->network()},
                                                    seed, context()));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    train_seconds_ = seconds.count();
    result_.row.head = trained.description;
    return std::move(trained.head);
  }

  // On all test texts, as a run of the row.
  Status Evaluate(const head::Head& head, uint64_t seed) {
    LLMEMBED_ASSIGN_OR_RETURN(auto logits, head.Logits(asked_.values()));
    std::vector<uint32_t> truth = texts_.asked.labels;
    if (texts_.rest.size() > 0) {
      LLMEMBED_ASSIGN_OR_RETURN(const auto others, head.Logits(rest_.values()));
      logits.insert(logits.end(), others.begin(), others.end());
      truth.insert(truth.end(), texts_.rest.labels.begin(), texts_.rest.labels.end());
    }
    LLMEMBED_ASSIGN_OR_RETURN(const auto evaluation,
                              EvaluateScores(std::move(logits), head.classes(), labels(), truth));
    result_.row.runs.push_back(MeasuredRun(evaluation, seed, train_seconds_));
    return {};
  }

  const recipe::Recipe& recipe_;
  const BenchmarkTexts& texts_;
  const Prices& prices_;
  Runtime* runtime_;
  uint32_t classes_;
  std::vector<uint32_t> rows_;  // to train on
  CostMeter meter_;
  std::unique_ptr<FeatureSource> source_;
  base::ScratchFloats train_, asked_, rest_;  // features
  double train_seconds_ = 0.0;                // of the last head
  RecipeResult result_;
};

}  // namespace

BenchmarkRun MeasuredRun(const EvaluationReport& evaluation, uint64_t seed, double train_seconds) {
  const auto classes_predicted = std::ranges::count_if(
      evaluation.classes, [](const ClassMetrics& metrics) { return metrics.predicted > 0; });
  return {.seed = seed,
          .correct = evaluation.correct,
          .accuracy = evaluation.accuracy,
          .macro_f1 = evaluation.macro_f1,
          .train_seconds = train_seconds,
          .is_collapsed = classes_predicted < 2};
}

void SummariseRuns(uint64_t test_texts, BenchmarkRow* row) {
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

Result<RecipeResult> RunRecipe(const recipe::Recipe& recipe, const BenchmarkTexts& texts,
                               uint32_t seeds, const Prices& prices, Runtime* runtime) {
  base::RestartPeakMemory();
  return RecipeJob(recipe, texts, prices, runtime).Run(seeds);
}

}  // namespace llmembed::pipeline
