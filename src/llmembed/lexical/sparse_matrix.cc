#include "lexical/sparse_matrix.h"

#include <numeric>

namespace llmembed::lexical {

void SparseMatrix::AppendRows(const SparseMatrix& more) {
  const uint64_t before = entries();
  columns.insert(columns.end(), more.columns.begin(), more.columns.end());
  values.insert(values.end(), more.values.begin(), more.values.end());
  for (uint64_t row = 1; row < more.row_ends.size(); ++row) {
    row_ends.push_back(before + more.row_ends[row]);
  }
}

SparseMatrix SparseMatrix::Transposed() const {
  SparseMatrix transposed;
  transposed.width = rows();
  transposed.columns.resize(entries());
  transposed.values.resize(entries());
  std::vector<uint64_t>& ends = transposed.row_ends;
  ends.assign(width + 1, 0);
  for (const uint32_t column : columns) ++ends[column + 1];
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  std::vector<uint64_t> next(ends.begin(), ends.end() - 1);
  for (uint64_t index = 0; index < rows(); ++index) {
    const SparseRow entries_of = row(index);
    for (size_t i = 0; i < entries_of.columns.size(); ++i) {
      const uint64_t place = next[entries_of.columns[i]]++;
      transposed.columns[place] = static_cast<uint32_t>(index);
      transposed.values[place] = entries_of.values[i];
    }
  }
  return transposed;
}

}  // namespace llmembed::lexical
