#include "pipeline/prompt_demonstrations.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "backbone/config_reader.h"
#include "llmembed/models.h"
#include "pipeline/dataset_features.h"
#include "pipeline/feature_source.h"
#include "prompt/demonstrations.h"

namespace llmembed::pipeline {
namespace {

constexpr const char* kBackboneName = "demonstrations";

Result<std::unique_ptr<FeatureSource>> OpenEmbeddings(const std::string& model, Runtime* runtime) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string path, ModelPath(model, runtime->context()));
  LLMEMBED_ASSIGN_OR_RETURN(const auto found, backbone::ReadConfig(path));
  recipe::BackboneSpec spec{.name = kBackboneName, .model = model};
  spec.max_tokens = std::min(spec.max_tokens, static_cast<uint32_t>(found.config.max_tokens()));
  recipe::Recipe recipe;
  recipe.backbones.push_back(std::move(spec));
  recipe.fusion = std::string(kBackboneName) + "/-1:mean";
  return FeatureSource::Open(recipe, extract::DigestCheck::kRemembered, runtime);
}

// For each text that is asked about, the first row with the same one, or UINT32_MAX.
std::vector<uint32_t> SameTexts(const PromptTexts& texts) {
  std::unordered_map<std::string_view, uint32_t> first_of;
  for (size_t row = 0; row < texts.shown.size(); ++row) {
    first_of.emplace(texts.shown.texts[row], texts.shown.first_rows[row]);
  }
  std::vector<uint32_t> same;
  for (const std::string_view text : texts.asked.texts) {
    const auto found = first_of.find(text);
    same.push_back(found == first_of.end() ? UINT32_MAX : found->second);
  }
  return same;
}

}  // namespace

Result<ChosenDemonstrations> ChooseDemonstrations(const PromptSettings& settings,
                                                  const PromptTexts& texts, uint64_t seed,
                                                  Runtime* runtime) {
  ChosenDemonstrations chosen;
  const std::vector<uint32_t> rows = RowNumbers(texts.shown.size());
  const prompt::Candidates candidates{rows, texts.shown.labels, texts.shown.first_rows};
  if (settings.demonstrations == DemonstrationChoice::kRandom || settings.shots == 0) {
    chosen.lists.push_back(prompt::RandomDemonstrations(candidates, settings.shots, seed));
    return chosen;
  }
  LLMEMBED_ASSIGN_OR_RETURN(const auto source, OpenEmbeddings(settings.embedding_model, runtime));
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto vectors,
      ComputeFeatures(texts.shown.rows(), texts.shown_path, source.get(), runtime->context()));
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto queries,
      ComputeFeatures(texts.asked.rows(), texts.asked_path, source.get(), runtime->context()));
  const std::vector<uint32_t> same = SameTexts(texts);
  LLMEMBED_ASSIGN_OR_RETURN(chosen.lists,
                            prompt::NearestDemonstrations({.candidates = candidates,
                                                           .vectors = vectors.values(),
                                                           .queries = queries.values(),
                                                           .query_texts = same,
                                                           .width = source->width()},
                                                          settings.shots, runtime->pool()));
  chosen.extraction = source->backbones().report(texts.all_labels);
  return chosen;
}

}  // namespace llmembed::pipeline
