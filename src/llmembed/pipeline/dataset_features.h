// The features of a whole dataset, window by window, with progress.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/scratch_floats.h"
#include "data/labelled_dataset.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"
#include "pipeline/feature_source.h"

namespace llmembed::pipeline {

// Texts with what is known of each. Borrows everything.
struct DatasetRows {
  std::span<const std::string_view> texts;
  std::span<const uint32_t> labels;
  std::span<const uint64_t> lines;
  std::span<const float> word_scores = {};  // [texts, C], as FeatureSource::Compute takes them
};

// All rows of a data set.
inline DatasetRows AllRows(const data::LabelledDataset& data) {
  return {data.texts(), data.labels(), data.lines()};
}

// [texts, D]. `path` is where the texts come from. kCancelled says how far it came; kIo: no room.
Result<base::ScratchFloats> ComputeFeatures(const DatasetRows& data, const std::string& path,
                                            FeatureSource* source, const RunContext& context);

}  // namespace llmembed::pipeline
