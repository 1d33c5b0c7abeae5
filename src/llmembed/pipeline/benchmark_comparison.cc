#include "pipeline/benchmark_comparison.h"

#include <algorithm>
#include <filesystem>

#include "backbone/config_reader.h"
#include "base/cpu.h"
#include "eval/cost.h"
#include "llmembed/models.h"
#include "pipeline/cost_meter.h"
#include "pipeline/known_data_sets.h"
#include "pipeline/prompt_run.h"
#include "prompt/label_words.h"
#include "prompt/prompt_template.h"

namespace llmembed::pipeline {
namespace {

constexpr uint64_t kSeed = 1;  // of the examples, as of the first training

Result<std::string> FirstLanguageModel(std::span<const recipe::Recipe> recipes,
                                       const RunContext& context) {
  for (const recipe::Recipe& recipe : recipes) {
    for (const recipe::BackboneSpec& backbone : recipe.backbones) {
      LLMEMBED_ASSIGN_OR_RETURN(const std::string path, ModelPath(backbone.model, context));
      LLMEMBED_ASSIGN_OR_RETURN(const auto found, backbone::ReadConfig(path));
      if (found.config.has_lm_head) return backbone.model;
    }
  }
  return Status(StatusCode::kUsage,
                "no backbone of the recipes has an LM head to be asked: name a model to prompt");
}

void TakeMeasures(const EvaluationReport& evaluation, ComparedMethod* method) {
  method->texts = evaluation.n;
  method->correct = evaluation.correct;
  method->accuracy = evaluation.accuracy;
  method->low = evaluation.accuracy_low;
  method->high = evaluation.accuracy_high;
  method->macro_f1 = evaluation.macro_f1;
}

double SecondsOf(std::span<const StageCost> stages, std::initializer_list<const char*> names) {
  double seconds = 0.0;
  for (const StageCost& stage : stages) {
    const bool counts = std::ranges::any_of(names, [&](const char* n) { return stage.stage == n; });
    if (counts) seconds += stage.wall_seconds;
  }
  return seconds;
}

double PerText(double seconds, uint64_t texts) {
  return texts == 0 ? 0.0 : seconds / static_cast<double>(texts);
}

std::string NameOf(const PromptSettings& settings) {
  const std::string file = std::filesystem::path(settings.model).filename().string();
  const std::string model = file.empty() ? settings.model : file;
  if (settings.shots == 0) return model + ", no examples";
  return model + ", " + std::to_string(settings.shots) + " " +
         DemonstrationChoiceName(settings.demonstrations) +
         (settings.shots == 1 ? " example" : " examples");
}

Result<ComparedMethod> Ask(const PromptSettings& settings, const PromptTexts& texts,
                           const Prices& prices, Runtime* runtime) {
  base::RestartPeakMemory();
  CostMeter meter;
  LLMEMBED_ASSIGN_OR_RETURN(const auto report, RunPrompt(settings, texts, kSeed, runtime, &meter));
  ComparedMethod method;
  method.name = NameOf(settings);
  method.is_prompting = true;
  TakeMeasures(report.evaluation, &method);
  method.tokens = report.tokens + report.evaluation.extraction.tokens;
  method.reused_tokens = report.reused_tokens;
  method.cut_texts = report.cut_texts;
  method.further_seconds = PerText(report.seconds, method.texts);
  method.cost = eval::ReckonCost(meter.stages(), prices, {report.cost.text_tokens, 0});
  return method;
}

}  // namespace

Result<PromptSettings> ComparisonSettings(const BenchmarkOptions& options,
                                          std::span<const recipe::Recipe> recipes,
                                          std::span<const std::string> labels,
                                          const RunContext& context) {
  PromptSettings settings = options.prompt;
  if (settings.model.empty()) {
    LLMEMBED_ASSIGN_OR_RETURN(settings.model, FirstLanguageModel(recipes, context));
  }
  const KnownDataSet* known = FindDataSet(options.data_set);
  if (known != nullptr && settings.labels.empty()) {
    // Those of the files: they may name their classes otherwise.
    for (const KnownWording& wording : known->wordings) {
      const bool is_there = std::ranges::find(labels, wording.label) != labels.end();
      if (is_there) {
        settings.labels.push_back({std::string(wording.label), std::string(wording.words)});
      }
    }
  }
  if (settings.prompt_template.empty()) {
    settings.prompt_template = known != nullptr && !known->prompt_template.empty()
                                   ? std::string(known->prompt_template)
                                   : PromptSettings().prompt_template;
  }
  LLMEMBED_RETURN_IF_ERROR(prompt::PromptTemplate::Parse(settings.prompt_template).status());
  LLMEMBED_RETURN_IF_ERROR(prompt::LabelWords(labels, settings.labels).status());
  return settings;
}

ComparedMethod EmbeddingMethod(const RecipeResult& result) {
  ComparedMethod method;
  method.name = result.row.name;
  TakeMeasures(result.asked, &method);
  method.tokens = result.tokens;
  method.cost = result.row.cost;
  method.further_seconds =
      PerText(SecondsOf(method.cost.stages, {"embed test texts", "predict"}), method.texts);
  method.cost.texts_from_store = 0;  // there is no store: these are repeats within the texts
  return method;
}

Status MeasurePrompting(const PromptSettings& settings, const BenchmarkTexts& texts,
                        const Prices& prices, Runtime* runtime, PromptComparison* comparison) {
  const PromptTexts prompted{.shown = texts.train,
                             .asked = texts.asked,
                             .labels = texts.train_set.label_names(),
                             .all_labels = texts.test_set.label_names(),
                             .shown_path = texts.train_path,
                             .asked_path = texts.test_path};
  PromptSettings alone = settings;
  alone.shots = 0;
  LLMEMBED_ASSIGN_OR_RETURN(auto zero_shot, Ask(alone, prompted, prices, runtime));
  comparison->methods.push_back(std::move(zero_shot));
  if (settings.shots > 0) {
    LLMEMBED_ASSIGN_OR_RETURN(auto few_shot, Ask(settings, prompted, prices, runtime));
    comparison->methods.push_back(std::move(few_shot));
  }
  comparison->settings = settings;
  comparison->texts = texts.asked.size();
  comparison->test_texts = texts.test_size();
  return {};
}

}  // namespace llmembed::pipeline
