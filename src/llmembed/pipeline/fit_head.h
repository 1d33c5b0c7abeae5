// Trains a recipe's head on some rows of a data set.
#pragma once

#include <cstdint>
#include <span>

#include "fusion/network.h"
#include "head/trained_head.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"
#include "recipe/recipe.h"

namespace llmembed::pipeline {

// Borrows everything. N: rows of the data set.
struct FitInput {
  std::span<const float> features;       // [N, D]
  std::span<const uint32_t> labels;      // [N], each less than `classes`
  std::span<const uint32_t> first_rows;  // [N], as data::LabelledDataset has them
  std::span<const uint32_t> rows;        // to train on
  uint32_t classes = 0;
  const fusion::Network* network = nullptr;  // trained with the head; nullptr: none is
};

// Sets the recipe's held-out share of the rows aside, by the seed, to choose C or the epoch by; too
// few rows to set any aside: the head takes its middle settings. Errors as head::TrainHead.
Result<head::TrainedHead> FitHead(const head::HeadConfig& config, const FitInput& input,
                                  uint64_t seed, const RunContext& context);

}  // namespace llmembed::pipeline
