// Embedding against prompting: the same test texts both ways, each measured from nothing.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "llmembed/benchmark.h"
#include "pipeline/benchmark_recipe.h"
#include "pipeline/benchmark_texts.h"
#include "pipeline/runtime.h"
#include "recipe/recipe.h"

namespace llmembed::pipeline {

// How the model is asked: what the options leave open is the data set's own, and the model that of
// the first backbone in the recipes which has an LM head. The template and the labels' words are
// tried. kUsage: there is no such backbone, or what is given does not do.
Result<PromptSettings> ComparisonSettings(const BenchmarkOptions& options,
                                          std::span<const recipe::Recipe> recipes,
                                          std::span<const std::string> labels,
                                          const RunContext& context);

// The way of a recipe, as it was measured.
ComparedMethod EmbeddingMethod(const RecipeResult& result);

// Asks the model about texts.asked, without examples and with settings.shots of them, and fills in
// what the comparison says of itself. The ways of the recipes are the caller's. Errors as
// RunPrompt.
Status MeasurePrompting(const PromptSettings& settings, const BenchmarkTexts& texts,
                        const Prices& prices, Runtime* runtime, PromptComparison* comparison);

}  // namespace llmembed::pipeline
