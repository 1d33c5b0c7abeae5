#include "pipeline/window_reader.h"

#include "data/byte_stream.h"

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
  reader.name_ = data::SourceName(source.path);
  reader.issues_ = std::make_unique<data::IssueLog>(source.path);
  LLMEMBED_ASSIGN_OR_RETURN(reader.rows_, data::RowReader::Open(source, data::LabelNeed::kOptional,
                                                                reader.issues_.get()));
  return reader;
}

void WindowReader::AddLabel(const std::string& label) {
  if (too_many_labels_) return;
  if (label.empty()) return classes_.push_back(kNoClass);
  const auto [entry, is_new] =
      class_of_.try_emplace(label, static_cast<uint32_t>(class_of_.size()));
  classes_.push_back(entry->second);
  if (is_new) labels_.push_back(label);
  if (labels_.size() > kMostLabels) {
    too_many_labels_ = true;
    classes_.clear();
    labels_.clear();
    class_of_.clear();
  }
}

Result<extract::TextWindow> WindowReader::Next() {
  size_t count = 0;
  size_t bytes = 0;
  done_ += views_.size();
  lines_.clear();
  classes_.clear();
  data::Row row;
  while (count < extract::kWindowTexts && bytes < extract::kWindowBytes) {
    LLMEMBED_ASSIGN_OR_RETURN(const bool has_row, rows_->Next(&row));
    if (!has_row) break;
    if (count == texts_.size()) texts_.emplace_back();
    texts_[count].swap(row.text);
    bytes += texts_[count].size();
    lines_.push_back(row.line);
    AddLabel(row.label);
    ++count;
  }
  views_.assign(texts_.begin(), texts_.begin() + static_cast<ptrdiff_t>(count));
  return extract::TextWindow{views_, name_, lines_, done_};
}

}  // namespace llmembed::pipeline
