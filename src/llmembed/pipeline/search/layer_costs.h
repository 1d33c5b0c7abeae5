// What it costs to run backbones up to a layer, measured.
#pragma once

#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "llmembed/run_context.h"
#include "llmembed/search.h"
#include "llmembed/status.h"
#include "pipeline/search/candidates.h"
#include "recipe/recipe.h"

namespace llmembed::pipeline {

// Borrows its arguments. Not thread-safe.
class LayerCosts {
 public:
  // `texts`: what is timed; a few dozen give a stable time.
  LayerCosts(const recipe::Recipe& recipe, std::span<const SearchedBackbone> backbones,
             std::span<const std::string_view> texts, const RunContext& context)
      : recipe_(recipe), backbones_(backbones), texts_(texts), context_(context) {
    context_.store = "none";
    context_.observer = nullptr;
  }

  // Fills in the candidate's milliseconds and megabytes. `depths`: the deepest layer that it needs
  // of each backbone, -1 where it needs none. Each backbone and layer is timed once.
  Status Fill(std::span<const int> depths, SearchCandidate* candidate);

 private:
  struct Cost {
    double milliseconds_per_text = 0.0;
    double megabytes = 0.0;
  };
  Result<Cost> Measure(size_t backbone, int layer);

  const recipe::Recipe& recipe_;
  std::span<const SearchedBackbone> backbones_;
  std::span<const std::string_view> texts_;
  RunContext context_;
  std::map<std::pair<size_t, int>, Cost> measured_;
};

}  // namespace llmembed::pipeline
