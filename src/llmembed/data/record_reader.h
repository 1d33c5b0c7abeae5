// Records of a table: each row's fields, as the file has them.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "data/line_reader.h"
#include "llmembed/data.h"
#include "llmembed/status.h"

namespace llmembed::data {

struct Record {
  std::vector<std::string_view> fields;  // at least one
  uint64_t line = 0;                     // on which it begins
};

// Not thread-safe.
class RecordReader {
 public:
  virtual ~RecordReader() = default;

  // The next record, or false at the end. Its views live until the next call.
  // kBadData with the line: too long, or malformed quotes.
  virtual Result<bool> Next(Record* record) = 0;
};

// Records of `lines`; `format` is kCsv, kTsv or kLines (one field a line).
std::unique_ptr<RecordReader> MakeRecordReader(DataFormat format, LineReader lines);

}  // namespace llmembed::data
