#include "report_lines.h"

#include "text_format.h"

namespace llmembed::cli {

std::string ExtractionLines(const ExtractionReport& report) {
  std::string lines = FormatCount(report.embedded) + " texts embedded, " +
                      FormatCount(report.from_store) + " from the store";
  if (report.embedded > 0) {
    lines += " (" + FormatCounted(report.tokens, "token") + " in " + FormatSeconds(report.seconds) +
             ", " + report.compute_type + " on " + report.instruction_set + ")";
  }
  lines += "\n";
  if (report.cut_texts > 0) {
    lines += FormatCounted(report.cut_texts, "text") +
             " longer than the model reads; left out at their ends: " +
             FormatCounted(report.cut_tokens, "token") + "\n";
  }
  return lines;
}

std::string IssueLines(const std::vector<DataIssue>& issues) {
  std::string lines;
  for (const DataIssue& issue : issues) {
    lines += "  " + issue.kind + ", " + FormatCounted(issue.count, "row") + ": " + issue.policy;
    std::string numbers;
    for (const uint64_t line : issue.lines) {
      numbers += (numbers.empty() ? "" : ", ") + std::to_string(line);
    }
    if (!numbers.empty()) {
      const bool all_listed = issue.lines.size() >= issue.count;
      lines += issue.lines.size() == 1 && all_listed ? "; line " : "; lines ";
      lines += numbers + (all_listed ? "" : ", ...") + " of " + Printable(issue.path);
    }
    lines += "\n";
  }
  return lines.empty() ? "" : "Found in the data:\n" + lines;
}

}  // namespace llmembed::cli
