// Every layer's vectors of some texts, from which any fusion of them is made without reading the
// texts again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/scratch_floats.h"
#include "fusion/network.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"
#include "pipeline/dataset_features.h"
#include "pipeline/runtime.h"
#include "pipeline/search/candidates.h"
#include "recipe/recipe.h"

namespace llmembed::pipeline {

// What a head reads of a fusion: features [rows, D], and the fusion where it is trained with it.
struct FusedFeatures {
  base::ScratchFloats values;
  std::optional<fusion::Network> network;
  uint64_t head_inputs = 0;  // what the head's first layer reads
};

// Immutable after Build, so thread-safe.
class TapTable {
 public:
  // Layers 0 to L of each backbone of the recipe, by their mean. Errors as FeatureSource::Open and
  // ComputeFeatures.
  static Result<TapTable> Build(const recipe::Recipe& recipe,
                                std::span<const SearchedBackbone> backbones,
                                const DatasetRows& rows, const std::string& path, Runtime* runtime,
                                const RunContext& context);

  // kBadData: an expression with a tap that is not in the table, or widths that do not fit.
  Result<FusedFeatures> Fuse(const std::string& expression, const RunContext& context) const;

  const ExtractionReport& extraction() const { return extraction_; }

 private:
  TapTable() = default;

  uint64_t rows_ = 0;
  uint64_t width_ = 0;  // of all taps together
  std::vector<SearchedBackbone> backbones_;
  std::vector<fusion::Tap> taps_;
  std::vector<size_t> widths_;   // [taps]
  std::vector<size_t> offsets_;  // [taps], in a row
  base::ScratchFloats values_;   // [rows, width]
  ExtractionReport extraction_;
};

}  // namespace llmembed::pipeline
