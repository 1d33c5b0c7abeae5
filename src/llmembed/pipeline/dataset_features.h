// The features of a whole dataset, window by window, with progress.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "llmembed/run_context.h"
#include "llmembed/status.h"
#include "pipeline/feature_source.h"

namespace llmembed::pipeline {

// [texts, D]. kCancelled says how far it came.
Result<std::vector<float>> ComputeFeatures(std::span<const std::string_view> texts,
                                           FeatureSource* source, const RunContext& context);

}  // namespace llmembed::pipeline
