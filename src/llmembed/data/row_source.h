// One row of a source, and what every format of sources offers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "data/columns.h"
#include "data/issue_log.h"
#include "data/line_reader.h"
#include "llmembed/data.h"
#include "llmembed/status.h"

namespace llmembed::data {

struct Row {
  std::string text;
  std::string label;  // "" where there is none
  uint64_t line = 0;  // on which the row begins, from 1

  bool has_label() const { return !label.empty(); }
};

// Rows as they stand in the source. Not thread-safe.
class RowSource {
 public:
  virtual ~RowSource() = default;

  // The next row, or false at the end; reuses the strings of `row`. kBadData: malformed.
  virtual Result<bool> Next(Row* row) = 0;

  // How the source is understood, e.g. "TSV without a header; texts in column 2".
  virtual std::string Description() const = 0;
};

// The rows of a table; `format` is kCsv, kTsv or kLines. Reads the first row; its errors are those
// of ResolveColumns. Blank lines go to `issues`, which is borrowed.
Result<std::unique_ptr<RowSource>> MakeTableRows(LineReader lines, DataFormat format,
                                                 const DataSource& source, LabelNeed need,
                                                 IssueLog* issues);

// The rows of JSONL: one object a line, the columns are its keys. Reads the first object; errors
// likewise. Blank lines and ill-formed UTF-8 go to `issues`, which is borrowed.
Result<std::unique_ptr<RowSource>> MakeJsonlRows(LineReader lines, const DataSource& source,
                                                 LabelNeed need, IssueLog* issues);

}  // namespace llmembed::data
