#include "data/row_reader.h"

#include <utility>

#include "base/utf8.h"
#include "data/blank.h"
#include "data/format_detection.h"

namespace llmembed::data {

Result<std::unique_ptr<RowReader>> RowReader::Open(const DataSource& source, LabelNeed need,
                                                   IssueLog* issues) {
  LLMEMBED_ASSIGN_OR_RETURN(LineReader lines, LineReader::Open(source.path));
  DataFormat format = source.format;
  if (format == DataFormat::kAuto) format = FormatOfName(source.path);
  if (format == DataFormat::kAuto) {
    Line first;
    LLMEMBED_RETURN_IF_ERROR(lines.Peek(&first).status());
    format = SniffFormat(first.text, source, need);
  }
  auto rows = format == DataFormat::kJsonl
                  ? MakeJsonlRows(std::move(lines), source, need, issues)
                  : MakeTableRows(std::move(lines), format, source, need, issues);
  if (!rows.ok()) return rows.status();
  return std::unique_ptr<RowReader>(
      new RowReader(*std::move(rows), SourceName(source.path), need, issues));
}

Result<bool> RowReader::Next(Row* row) {
  LLMEMBED_ASSIGN_OR_RETURN(const bool more, rows_->Next(row));
  if (more) {
    any_row_ = true;
    Clean(row);
  } else if (!any_row_) {
    return Status(StatusCode::kBadData, name_ + ": a header and no row behind it");
  }
  return more;
}

void RowReader::Clean(Row* row) {
  const bool valid_text = base::IsValidUtf8(row->text);
  const bool valid_label = base::IsValidUtf8(row->label);
  if (!valid_text) row->text = base::ReplaceInvalidUtf8(row->text);
  if (!valid_label) row->label = base::ReplaceInvalidUtf8(row->label);
  if (!valid_text || !valid_label) issues_->Add(IssueKind::kInvalidUtf8, row->line);
  TrimAsciiBlanks(&row->label);
  if (need_ != LabelNeed::kRequired && IsBlank(row->text)) {
    issues_->Add(IssueKind::kEmptyTextKept, row->line);
  }
}

}  // namespace llmembed::data
