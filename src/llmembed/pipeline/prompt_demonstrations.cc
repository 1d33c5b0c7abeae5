#include "pipeline/prompt_demonstrations.h"

#include <string_view>
#include <unordered_map>

#include "data/byte_stream.h"
#include "pipeline/feature_source.h"
#include "pipeline/window_reader.h"
#include "prompt/demonstrations.h"

namespace llmembed::pipeline {
namespace {

constexpr const char* kBackboneName = "demonstrations";

Result<std::unique_ptr<FeatureSource>> OpenEmbeddings(const std::string& model, Runtime* runtime) {
  recipe::Recipe recipe;
  recipe.backbones.push_back({.name = kBackboneName, .model = model});
  recipe.fusion = std::string(kBackboneName) + "/-1:mean";
  return FeatureSource::Open(recipe, extract::DigestCheck::kRemembered, runtime);
}

// vectors[i] of rows[i]: [rows, width].
Result<std::vector<float>> EmbedRows(const DatasetRows& part, FeatureSource* source,
                                     const RunContext& context) {
  std::vector<std::string_view> texts;
  std::vector<uint64_t> lines;
  std::vector<uint32_t> classes;
  for (const uint32_t row : part.rows) {
    texts.push_back(part.data->texts()[row]);
    lines.push_back(part.data->lines()[row]);
    classes.push_back(part.data->labels()[row]);
  }
  const std::string name = data::SourceName(part.path);
  const size_t width = source->width();
  std::vector<float> vectors(texts.size() * width);
  Progress progress{.stage = "embedding", .unit = "texts", .total = texts.size()};
  for (size_t begin = 0; begin < texts.size(); begin = progress.done) {
    const size_t count = WindowEnd(texts, begin) - begin;
    LLMEMBED_RETURN_IF_ERROR(source->Compute(
        {std::span(texts).subspan(begin, count), name, std::span(lines).subspan(begin, count)},
        std::span(classes).subspan(begin, count),
        std::span(vectors).subspan(begin * width, count * width)));
    progress.done = begin + count;
    progress.finished = progress.done == texts.size();
    context.Report(progress);
  }
  return vectors;
}

// For each text, the first row of the dataset with the same one, or UINT32_MAX.
std::vector<uint32_t> SameTexts(const data::LabelledDataset& data, const DatasetRows& texts) {
  std::unordered_map<std::string_view, uint32_t> first_of;
  for (size_t row = 0; row < data.size(); ++row) {
    first_of.emplace(data.texts()[row], data.first_rows()[row]);
  }
  std::vector<uint32_t> same;
  for (const uint32_t row : texts.rows) {
    const auto found = first_of.find(texts.data->texts()[row]);
    same.push_back(found == first_of.end() ? UINT32_MAX : found->second);
  }
  return same;
}

}  // namespace

Result<ChosenDemonstrations> ChooseDemonstrations(const PromptOptions& options,
                                                  const DatasetRows& candidates,
                                                  const DatasetRows& texts, Runtime* runtime) {
  const data::LabelledDataset& data = *candidates.data;
  ChosenDemonstrations chosen;
  if (options.demonstrations == DemonstrationChoice::kRandom || options.shots == 0) {
    chosen.lists.push_back(prompt::RandomDemonstrations(
        {candidates.rows, data.labels(), data.first_rows()}, options.shots, options.seed));
    return chosen;
  }
  LLMEMBED_ASSIGN_OR_RETURN(const auto source, OpenEmbeddings(options.embedding_model, runtime));
  LLMEMBED_ASSIGN_OR_RETURN(const auto vectors,
                            EmbedRows(candidates, source.get(), runtime->context()));
  LLMEMBED_ASSIGN_OR_RETURN(const auto queries, EmbedRows(texts, source.get(), runtime->context()));
  const std::vector<uint32_t> same = SameTexts(data, texts);
  LLMEMBED_ASSIGN_OR_RETURN(chosen.lists,
                            prompt::NearestDemonstrations(
                                {.candidates = {candidates.rows, data.labels(), data.first_rows()},
                                 .vectors = vectors,
                                 .queries = queries,
                                 .query_texts = same,
                                 .width = source->width()},
                                options.shots, runtime->pool()));
  chosen.extraction = source->backbones().report(texts.data->label_names());
  return chosen;
}

}  // namespace llmembed::pipeline
