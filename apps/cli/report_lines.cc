#include "report_lines.h"

#include "text_format.h"

namespace llmembed::cli {

namespace {

constexpr size_t kMostClasses = 20;

const char* WhatWasRead(OnLongText rule) {
  switch (rule) {
    case OnLongText::kHead:
      return "their heads were read";
    case OnLongText::kHeadTail:
      return "their heads and tails were read";
    case OnLongText::kChunkMean:
      return "they were read in chunks";
    case OnLongText::kError:
      break;
  }
  return "";
}

// "1,234 of 45,678 tokens (2.7 %)"
std::string CutShare(const LengthCount& count) {
  return FormatCount(count.cut_tokens) + " of " + FormatCounted(count.tokens, "token") + " (" +
         FormatFixed(100.0 * count.cut_share(), 1) + " %)";
}

// The classes with texts that were cut, a row each.
std::string CutClasses(const std::vector<LengthCount>& classes) {
  std::vector<std::vector<std::string>> rows;
  size_t more = 0;
  for (const LengthCount& count : classes) {
    if (count.cut_texts == 0) continue;
    if (rows.size() == kMostClasses) {
      ++more;
      continue;
    }
    rows.push_back({"  " + Printable(count.label),
                    FormatCount(count.cut_texts) + " of " + FormatCounted(count.texts, "text"),
                    CutShare(count)});
  }
  const std::string lines = FormatColumns(rows);
  return more == 0 ? lines : lines + "  and " + FormatCount(more) + " more classes\n";
}

}  // namespace

std::string LengthLines(const std::vector<LengthReport>& lengths) {
  std::string lines;
  for (const LengthReport& report : lengths) {
    if (report.all.long_texts == 0) continue;
    if (lengths.size() > 1) lines += Printable(report.backbone) + ": ";
    lines += FormatCount(report.all.long_texts) + " of " + FormatCounted(report.all.texts, "text") +
             " longer than " + FormatCounted(report.max_tokens, "token") + ": " +
             WhatWasRead(report.on_long_text);
    lines += report.all.cut_texts == 0 ? std::string(", nothing was cut\n")
                                       : "; cut: " + CutShare(report.all) + "\n";
    lines += CutClasses(report.classes);
  }
  return lines;
}

std::string ExtractionLines(const ExtractionReport& report) {
  std::string lines = FormatCount(report.embedded) + " texts embedded, " +
                      FormatCount(report.from_store) + " from the store";
  if (report.embedded > 0) {
    lines += " (" + FormatCounted(report.tokens, "token") + " in " + FormatSeconds(report.seconds) +
             ", " + report.compute_type + " on " + report.instruction_set + ")";
  }
  return lines + "\n" + LengthLines(report.lengths);
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
