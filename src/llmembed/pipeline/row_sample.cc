#include "pipeline/row_sample.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

namespace llmembed::pipeline {

std::vector<uint32_t> RowNumbers(size_t count) {
  std::vector<uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

void KeepSome(uint64_t count, base::Random random, std::vector<uint32_t>* rows) {
  if (count == 0 || count >= rows->size()) return;
  random.Shuffle(std::span(*rows));
  rows->resize(count);
  std::ranges::sort(*rows);
}

std::vector<uint32_t> DrawRowNumbers(size_t size, uint64_t count, uint64_t seed) {
  std::vector<uint32_t> rows = RowNumbers(size);
  KeepSome(count, base::Random(seed), &rows);
  return rows;
}

RowSample SelectRows(const data::LabelledDataset& data, std::span<const uint32_t> which) {
  RowSample sample;
  std::unordered_map<uint32_t, uint32_t> first_of;  // from the data's first row to the sample's
  for (const uint32_t row : which) {
    const auto here = static_cast<uint32_t>(sample.size());
    sample.first_rows.push_back(first_of.try_emplace(data.first_rows()[row], here).first->second);
    sample.texts.push_back(data.texts()[row]);
    sample.labels.push_back(data.labels()[row]);
    sample.lines.push_back(data.lines()[row]);
  }
  return sample;
}

RowSample DrawRows(const data::LabelledDataset& data, uint64_t count, uint64_t seed) {
  return SelectRows(data, DrawRowNumbers(data.size(), count, seed));
}

}  // namespace llmembed::pipeline
