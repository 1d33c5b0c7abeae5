// A matrix of which only the entries that are not zero are kept.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace llmembed::lexical {

// One row's entries, columns ascending.
struct SparseRow {
  std::span<const uint32_t> columns;
  std::span<const float> values;
};

// Compressed rows: 8 bytes an entry, 8 bytes a row.
struct SparseMatrix {
  uint64_t width = 0;                 // columns
  std::vector<uint64_t> row_ends{0};  // [rows + 1]; where each row begins, and the end
  std::vector<uint32_t> columns;      // [entries]
  std::vector<float> values;          // [entries]

  uint64_t rows() const { return row_ends.size() - 1; }
  uint64_t entries() const { return columns.size(); }
  SparseRow row(uint64_t index) const {
    const uint64_t begin = row_ends[index];
    const uint64_t count = row_ends[index + 1] - begin;
    return {std::span(columns).subspan(begin, count), std::span(values).subspan(begin, count)};
  }

  void Append(uint32_t column, float value) {
    columns.push_back(column);
    values.push_back(value);
  }
  void EndRow() { row_ends.push_back(columns.size()); }
  void AppendRows(const SparseMatrix& more);

  SparseMatrix Transposed() const;
};

}  // namespace llmembed::lexical
