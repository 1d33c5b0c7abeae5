// What a search leaves behind: the best as a recipe, tables and plots.
#pragma once

#include <string>
#include <vector>

#include "llmembed/search.h"
#include "llmembed/status.h"

namespace llmembed::pipeline {

// A backbone's layers on their own, for the plot: of each the layer's number and its candidate.
struct LayerCurve {
  std::string backbone;
  std::vector<std::pair<int, const SearchCandidate*>> layers;  // ascending
};

// recipe.yaml, layers.svg, layers.csv, candidates.svg, candidates.csv and report.json (all of it)
// in the folder, which is made where it is missing. Returns their paths. kIo.
Result<std::vector<std::string>> WriteSearchFiles(const SearchReport& report,
                                                  const std::vector<LayerCurve>& curves,
                                                  const std::string& folder);

}  // namespace llmembed::pipeline
