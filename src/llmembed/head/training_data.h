// What a head is trained on: a matrix of features, labels, and which rows are held out.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fusion/network.h"
#include "head/head_config.h"
#include "llmembed/status.h"

namespace llmembed::head {

// Borrows everything; nothing is copied, so the features may fill most of the memory.
struct TrainingData {
  std::span<const float> features;   // [N, D], row-major
  std::span<const uint32_t> labels;  // [N], each below `classes`
  uint64_t width = 0;                // D
  uint32_t classes = 0;              // C
  // No row stands in both; a row in neither takes no part. Held-out rows choose C or the epoch and
  // measure it; there may be none.
  std::span<const uint32_t> fit_rows;
  std::span<const uint32_t> validation_rows;

  // What makes the head's input of a row's features, trained with the head; nullptr: nothing does.
  const fusion::Network* network = nullptr;

  // The rows to fit and those held out, in this order.
  std::vector<uint32_t> ListedRows() const;

  uint64_t rows() const { return labels.size(); }  // N
  std::span<const float> row(uint64_t index) const {
    return features.subspan(index * width, width);
  }
};

// kBadData when there is nothing to learn (no rows to fit, fewer than two classes with rows) or a
// row is not finite (named; any row); kInternal when the parts do not fit together.
Status CheckTrainingData(const TrainingData& data);

// What each row of `data` counts in the loss: 0 for rows that are not in `rows`, else 1 or, when
// balanced, by the class's share of `rows`. [N]
std::vector<float> RowWeights(const TrainingData& data, std::span<const uint32_t> rows,
                              ClassWeighting weighting);

}  // namespace llmembed::head
