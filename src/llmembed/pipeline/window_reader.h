// Rows of a source, a window at a time: as many texts as are embedded together.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/row_reader.h"
#include "llmembed/data.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::pipeline {

// Splits texts that are in memory already: the end of the window that begins at `begin`.
size_t WindowEnd(std::span<const std::string_view> texts, size_t begin);

// Says what was found in the data, a warning a kind.
void WarnOfIssues(const std::vector<DataIssue>& issues, const RunContext& context);

// Streams texts in input order; labels, where there are some, are left aside. Not thread-safe.
class WindowReader {
 public:
  static Result<WindowReader> Open(const DataSource& source);

  // The next window; empty at the end. The texts live until the next call.
  Result<std::span<const std::string_view>> Next();

  std::vector<DataIssue> Issues() const { return issues_->Issues(); }

 private:
  WindowReader() = default;

  std::unique_ptr<data::IssueLog> issues_;
  std::unique_ptr<data::RowReader> rows_;
  std::vector<std::string> texts_;
  std::vector<std::string_view> views_;
};

}  // namespace llmembed::pipeline
