// Some rows of a data set in columns of their own, for jobs that do not take all of it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "data/labelled_dataset.h"
#include "pipeline/dataset_features.h"

namespace llmembed::pipeline {

// N rows. The texts' bytes stay the data set's, which must outlive this.
struct RowSample {
  std::vector<std::string_view> texts;
  std::vector<uint32_t> labels;
  std::vector<uint64_t> lines;
  std::vector<uint32_t> first_rows;  // among these rows, as data::LabelledDataset has them

  size_t size() const { return texts.size(); }  // N
  DatasetRows rows() const { return {texts, labels, lines}; }
};

// 0, 1, ..., count - 1.
std::vector<uint32_t> RowNumbers(size_t count);

// Leaves `count` of the rows, drawn at random, in ascending order; all as they are when count is 0
// or there are no more.
void KeepSome(uint64_t count, base::Random random, std::vector<uint32_t>* rows);

// KeepSome of the numbers below `size`.
std::vector<uint32_t> DrawRowNumbers(size_t size, uint64_t count, uint64_t seed);

// The rows `which`, in that order, each at most once.
RowSample SelectRows(const data::LabelledDataset& data, std::span<const uint32_t> which);

// The rows of DrawRowNumbers.
RowSample DrawRows(const data::LabelledDataset& data, uint64_t count, uint64_t seed);

}  // namespace llmembed::pipeline
