#include "pipeline/window_reader.h"

#include "extract/embedder.h"

namespace llmembed::pipeline {

size_t WindowEnd(std::span<const std::string_view> texts, size_t begin) {
  size_t bytes = 0;
  size_t end = begin;
  while (end < texts.size() && end - begin < extract::kWindowTexts &&
         bytes < extract::kWindowBytes) {
    bytes += texts[end].size();
    ++end;
  }
  return end;
}

void WarnOfIssues(const std::vector<DataIssue>& issues, const RunContext& context) {
  for (const DataIssue& issue : issues) {
    std::string message = std::to_string(issue.count) + " x " + issue.kind + ": " + issue.policy;
    if (!issue.lines.empty()) message += issue.count == 1 ? "; line" : "; lines";
    for (const uint64_t line : issue.lines) message += " " + std::to_string(line);
    if (issue.lines.size() < issue.count && !issue.lines.empty()) message += " ...";
    context.Warn(message);
  }
}

Result<WindowReader> WindowReader::Open(const DataSource& source) {
  WindowReader reader;
  reader.issues_ = std::make_unique<data::IssueLog>(source.path);
  LLMEMBED_ASSIGN_OR_RETURN(reader.rows_, data::RowReader::Open(source, data::LabelNeed::kOptional,
                                                                reader.issues_.get()));
  return reader;
}

Result<std::span<const std::string_view>> WindowReader::Next() {
  size_t count = 0;
  size_t bytes = 0;
  data::Row row;
  while (count < extract::kWindowTexts && bytes < extract::kWindowBytes) {
    LLMEMBED_ASSIGN_OR_RETURN(const bool has_row, rows_->Next(&row));
    if (!has_row) break;
    if (count == texts_.size()) texts_.emplace_back();
    texts_[count].swap(row.text);
    bytes += texts_[count].size();
    ++count;
  }
  views_.assign(texts_.begin(), texts_.begin() + static_cast<ptrdiff_t>(count));
  return std::span<const std::string_view>(views_);
}

}  // namespace llmembed::pipeline
