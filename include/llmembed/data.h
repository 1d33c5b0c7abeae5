// Where labelled texts come from, and what was found in them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace llmembed {

enum class DataFormat { kAuto, kCsv, kTsv, kJsonl, kLines };
enum class HeaderMode { kAuto, kPresent, kAbsent };

// A table of texts: CSV (RFC 4180), TSV (no quoting), JSONL, or plain lines (one text a line);
// each may be compressed (.gz, .zst). docs/formats/data.md states the rules.
struct DataSource {
  std::string path;          // a file, or "-" for standard input
  std::string text_column;   // "": found by name or position
  std::string label_column;  // "": found by name or position
  DataFormat format = DataFormat::kAuto;
  HeaderMode header = HeaderMode::kAuto;
};

// Something in the data that the user should know of. Lines count from 1.
struct DataIssue {
  std::string kind;             // "empty_text", "duplicate_text", "invalid_utf8", ...
  std::string policy;           // what was done about it, in words
  std::string path;             // of the source they stand in
  uint64_t count = 0;           // how many rows
  std::vector<uint64_t> lines;  // the first few of them
};

}  // namespace llmembed
