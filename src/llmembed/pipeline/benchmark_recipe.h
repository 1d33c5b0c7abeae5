// One recipe of a benchmark: embedded once, trained with several seeds.
#pragma once

#include <cstdint>
#include <vector>

#include "llmembed/benchmark.h"
#include "llmembed/evaluate.h"
#include "pipeline/benchmark_texts.h"
#include "pipeline/runtime.h"
#include "recipe/recipe.h"

namespace llmembed::pipeline {

// A run from what was measured on the test texts.
BenchmarkRun MeasuredRun(const EvaluationReport& evaluation, uint64_t seed, double train_seconds);

// Fills in the means over the row's runs.
void SummariseRuns(uint64_t test_texts, BenchmarkRow* row);

struct RecipeResult {
  BenchmarkRow row;
  // Of the first seed, on texts.asked, as row.cost is.
  EvaluationReport asked;
  uint64_t tokens = 0;  // that models read for that
};

// Seeds 1 to `seeds`. Sets the process's peak of memory back. Errors as FeatureSource's and
// FitHead's.
Result<RecipeResult> RunRecipe(const recipe::Recipe& recipe, const BenchmarkTexts& texts,
                               uint32_t seeds, const Prices& prices, Runtime* runtime);

}  // namespace llmembed::pipeline
