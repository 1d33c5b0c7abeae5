#include "pipeline/dataset_features.h"

#include "data/byte_stream.h"
#include "pipeline/window_reader.h"

namespace llmembed::pipeline {

Result<base::ScratchFloats> ComputeFeatures(const DatasetRows& data, const std::string& path,
                                            FeatureSource* source, const RunContext& context) {
  const std::span<const std::string_view> texts = data.texts;
  const std::string name = data::SourceName(path);
  LLMEMBED_ASSIGN_OR_RETURN(
      auto features,
      base::ScratchFloats::Create(ScratchFolder(context), texts.size() * source->width()));
  Progress progress{.stage = "embedding", .unit = "texts", .total = texts.size()};
  context.Report(progress);
  const size_t scores = texts.empty() ? 0 : data.word_scores.size() / texts.size();  // a text
  for (size_t begin = 0; begin < texts.size();) {
    const size_t end = WindowEnd(texts, begin);
    const size_t count = end - begin;
    Status status = source->Compute(
        {texts.subspan(begin, count), name, data.lines.subspan(begin, count)},
        data.labels.subspan(begin, count), data.word_scores.subspan(begin * scores, count * scores),
        features.values().subspan(begin * source->width(), count * source->width()));
    if (status.code() == StatusCode::kCancelled) {
      return Status(StatusCode::kCancelled, "stopped after " + std::to_string(begin) + " of " +
                                                std::to_string(texts.size()) + " texts");
    }
    LLMEMBED_RETURN_IF_ERROR(status);
    begin = end;
    progress.done = end;
    progress.finished = end == texts.size();
    context.Report(progress);
  }
  return features;
}

}  // namespace llmembed::pipeline
