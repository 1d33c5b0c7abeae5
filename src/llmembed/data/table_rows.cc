#include <utility>

#include "data/format_detection.h"
#include "data/record_reader.h"
#include "data/row_source.h"

namespace llmembed::data {
namespace {

const char* FormatName(DataFormat format) {
  switch (format) {
    case DataFormat::kCsv:
      return "CSV";
    case DataFormat::kTsv:
      return "TSV";
    default:
      return "plain lines";
  }
}

class TableRows : public RowSource {
 public:
  TableRows(std::unique_ptr<RecordReader> records, DataFormat format, const DataSource& source,
            IssueLog* issues)
      : records_(std::move(records)), format_(format), source_(source), issues_(issues) {}

  Status ReadFirst(LabelNeed need) {
    LLMEMBED_RETURN_IF_ERROR(records_->Next(&record_).status());
    column_count_ = record_.fields.size();
    first_line_ = record_.line;
    meaning_ = IsHeader(record_.fields, format_, source_) ? RowMeaning::kHeader : RowMeaning::kData;
    LLMEMBED_ASSIGN_OR_RETURN(columns_, ResolveColumns(record_.fields, meaning_, source_, need));
    pending_ = meaning_ == RowMeaning::kData;
    return {};
  }

  Result<bool> Next(Row* row) override {
    while (!std::exchange(pending_, false)) {
      LLMEMBED_ASSIGN_OR_RETURN(const bool more, records_->Next(&record_));
      if (!more) return false;
      if (record_.fields.size() == column_count_) break;
      const bool is_blank = record_.fields.size() == 1 && record_.fields.front().empty();
      if (!is_blank) return WrongFieldCount();
      issues_->Add(IssueKind::kBlankLine, record_.line);
    }
    row->text.assign(record_.fields[columns_.text]);
    row->label.assign(columns_.label ? record_.fields[*columns_.label] : std::string_view());
    row->line = record_.line;
    return true;
  }

  std::string Description() const override {
    std::string text = FormatName(format_);
    text += meaning_ == RowMeaning::kHeader ? " with a header" : " without a header";
    text += "; texts in column " + std::to_string(columns_.text + 1);
    if (columns_.label) text += ", labels in column " + std::to_string(*columns_.label + 1);
    return text;
  }

 private:
  Status WrongFieldCount() const {
    std::string message = SourceName(source_.path) + ": line " + std::to_string(record_.line) +
                          ": " + std::to_string(record_.fields.size()) + " columns, where line " +
                          std::to_string(first_line_) + " has " + std::to_string(column_count_);
    if (format_ == DataFormat::kTsv) message += " (TSV has no quoting: a text cannot hold a TAB)";
    const bool sniffed =
        source_.format == DataFormat::kAuto && FormatOfName(source_.path) == DataFormat::kAuto;
    if (sniffed) {
      message += std::string("; taken for ") + FormatName(format_) +
                 " because of its first line: give the format if it is another";
    }
    return {StatusCode::kBadData, message};
  }

  std::unique_ptr<RecordReader> records_;
  DataFormat format_;
  DataSource source_;
  IssueLog* issues_;
  RowMeaning meaning_ = RowMeaning::kData;
  Columns columns_;
  size_t column_count_ = 0;
  uint64_t first_line_ = 1;
  Record record_;
  bool pending_ = false;  // record_ is the first row, not yet handed out
};

}  // namespace

Result<std::unique_ptr<RowSource>> MakeTableRows(LineReader lines, DataFormat format,
                                                 const DataSource& source, LabelNeed need,
                                                 IssueLog* issues) {
  auto rows = std::make_unique<TableRows>(MakeRecordReader(format, std::move(lines)), format,
                                          source, issues);
  LLMEMBED_RETURN_IF_ERROR(rows->ReadFirst(need));
  return std::unique_ptr<RowSource>(std::move(rows));
}

}  // namespace llmembed::data
