#include "pipeline/dataset_features.h"

#include "pipeline/window_reader.h"

namespace llmembed::pipeline {

Result<std::vector<float>> ComputeFeatures(std::span<const std::string_view> texts,
                                           FeatureSource* source, const RunContext& context) {
  std::vector<float> features(texts.size() * source->width());
  std::vector<extract::TextLength> lengths(texts.size());
  Progress progress{.stage = "embedding", .unit = "texts", .total = texts.size()};
  context.Report(progress);
  for (size_t begin = 0; begin < texts.size();) {
    const size_t end = WindowEnd(texts, begin);
    const size_t count = end - begin;
    Status status = source->Compute(
        texts.subspan(begin, count),
        std::span(features).subspan(begin * source->width(), count * source->width()),
        std::span(lengths).subspan(begin, count));
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
