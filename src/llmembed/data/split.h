// A part of the rows set aside, to measure on what was not trained on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/issue_log.h"
#include "data/labelled_dataset.h"
#include "llmembed/status.h"

namespace llmembed::data {

// Which rows to divide, and what must be known of them. N: rows of the dataset.
struct SplitInput {
  std::span<const uint32_t> labels;      // [N]
  std::span<const uint32_t> first_rows;  // [N] equal for rows with equal texts, less than N
  std::span<const uint32_t> rows;        // the rows to divide, each once, all less than N
};

struct SplitOptions {
  double share = 0.1;  // of the rows, to be held out: more than 0, less than 1
  uint64_t seed = 1;
};

// Row numbers, in the order of SplitInput::rows.
struct Split {
  std::vector<uint32_t> train;
  std::vector<uint32_t> held_out;
};

// Divides the rows at random, the same way for the same input and seed:
// - rows with equal texts stay together;
// - every class gives its share of rows (largest remainders, so that the total is the share of all
//   rows), as near as equal texts that stay together allow;
// - every class keeps a row in training. So a class with one text gives none, one with two or three
//   texts gives one only if the share of its rows is among the largest remainders.
// kUsage: a share out of range; kBadData: nothing can be held out.
Result<Split> HoldOut(const SplitInput& input, const SplitOptions& options);

// All rows of a dataset; classes of which nothing was held out are added to `issues`.
Result<Split> HoldOut(const LabelledDataset& data, const SplitOptions& options, IssueLog* issues);

}  // namespace llmembed::data
