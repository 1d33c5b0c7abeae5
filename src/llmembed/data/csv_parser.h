// RFC 4180, strictly: the fields of a record, which quotes may carry over several lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/line_reader.h"

namespace llmembed::data {

// Splits at every separator; an empty line is one empty field. No quoting.
void SplitFields(std::string_view line, char separator, std::vector<std::string_view>* fields);

// Begin, then Feed with the record's lines as long as it says kInsideQuotes. Not thread-safe.
class CsvParser {
 public:
  enum class State {
    kComplete,
    kInsideQuotes,      // the record goes on with the next line
    kQuoteInsideField,  // malformed: a quote in a field that does not begin with one
    kTextAfterQuote,    // malformed: neither a comma nor the end behind a closing quote
  };

  void Begin();
  State Feed(const Line& line);

  // The line on which the last field in quotes began.
  uint64_t quote_line() const { return quote_line_; }

  // What the record takes so far: its bytes and its fields.
  size_t size() const { return content_.size() + field_ends_.size(); }

  // The fields of a complete record: views that live until the next Begin.
  void GetFields(std::vector<std::string_view>* fields) const;

 private:
  // Takes the rest of a field in quotes off `rest`; false when its end is not there.
  bool TakeQuoted(std::string_view* rest);

  std::string content_;             // all fields, end to end
  std::vector<size_t> field_ends_;  // in content_
  uint64_t quote_line_ = 0;
  bool inside_quotes_ = false;
};

}  // namespace llmembed::data
