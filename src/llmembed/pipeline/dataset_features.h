// The features of a whole dataset, window by window, with progress.
#pragma once

#include <span>

#include "base/scratch_floats.h"
#include "data/labelled_dataset.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"
#include "pipeline/feature_source.h"

namespace llmembed::pipeline {

// [texts, D]. `path` is where the texts come from. kCancelled says how far it came; kIo: no room.
Result<base::ScratchFloats> ComputeFeatures(const data::LabelledDataset& data,
                                            const std::string& path, FeatureSource* source,
                                            const RunContext& context);

}  // namespace llmembed::pipeline
