// Texts, with their labels where there are some, from a source of any format.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "data/columns.h"
#include "data/issue_log.h"
#include "data/row_source.h"
#include "llmembed/data.h"
#include "llmembed/status.h"

namespace llmembed::data {

// Streams a source; memory does not grow with it. Text and label are well-formed UTF-8, blanks
// around a label are taken off. Not thread-safe.
class RowReader {
 public:
  // Recognises compression, format, header and columns as docs/formats/data.md says, from the
  // first row. `issues` is borrowed: what is left out or changed is added to it (blank lines,
  // ill-formed UTF-8), and empty texts unless labels are required: then they are the caller's.
  // Errors: those of LineReader::Open and ResolveColumns.
  static Result<std::unique_ptr<RowReader>> Open(const DataSource& source, LabelNeed need,
                                                 IssueLog* issues);

  // The next row, or false at the end; reuses the strings of `row`.
  // kBadData: malformed (with the line), or no row at all. kCorrupt, kIo: as ByteStream.
  Result<bool> Next(Row* row);

  // How the source is understood, in words, e.g. "TSV without a header; texts in column 2, labels
  // in column 1".
  std::string Description() const { return rows_->Description(); }

 private:
  RowReader(std::unique_ptr<RowSource> rows, std::string name, LabelNeed need, IssueLog* issues)
      : rows_(std::move(rows)), name_(std::move(name)), need_(need), issues_(issues) {}
  void Clean(Row* row);

  std::unique_ptr<RowSource> rows_;
  std::string name_;
  LabelNeed need_;
  IssueLog* issues_;
  bool any_row_ = false;
};

}  // namespace llmembed::data
