// Rows of a source, a window at a time: as many texts as are embedded together.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/row_reader.h"
#include "extract/text_window.h"
#include "llmembed/data.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"
#include "pipeline/length_tally.h"

namespace llmembed::pipeline {

// Splits texts that are in memory already: the end of the window that begins at `begin`.
size_t WindowEnd(std::span<const std::string_view> texts, size_t begin);

// Says what was found in the data, a warning a kind.
void WarnOfIssues(const std::vector<DataIssue>& issues, const RunContext& context);

// Streams texts in input order, and their labels where there are some. Not thread-safe.
class WindowReader {
 public:
  static Result<WindowReader> Open(const DataSource& source);

  // The next window; empty at the end. It lives until the next call.
  Result<extract::TextWindow> Next();

  // The window's labels, [texts] indices into labels() or kNoClass. No class and no label where the
  // labels are so many that they can hardly be classes: memory does not grow with them.
  std::span<const uint32_t> classes() const { return classes_; }
  const std::vector<std::string>& labels() const { return labels_; }  // as they came up

  std::vector<DataIssue> Issues() const { return issues_->Issues(); }

 private:
  static constexpr size_t kMostLabels = 1024;

  WindowReader() = default;
  void AddLabel(const std::string& label);

  std::string name_;
  std::unique_ptr<data::IssueLog> issues_;
  std::unique_ptr<data::RowReader> rows_;
  std::vector<std::string> texts_;
  std::vector<std::string_view> views_;
  std::vector<uint64_t> lines_;
  std::vector<uint32_t> classes_;
  std::unordered_map<std::string, uint32_t> class_of_;
  std::vector<std::string> labels_;
  bool too_many_labels_ = false;
  size_t done_ = 0;
};

}  // namespace llmembed::pipeline
