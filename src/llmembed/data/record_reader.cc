#include "data/record_reader.h"

#include <string>
#include <utility>

#include "data/csv_parser.h"

namespace llmembed::data {
namespace {

class LineRecordReader : public RecordReader {
 public:
  explicit LineRecordReader(LineReader lines) : lines_(std::move(lines)) {}

  Result<bool> Next(Record* record) override {
    Line line;
    LLMEMBED_ASSIGN_OR_RETURN(const bool more, lines_.Next(&line));
    record->fields.assign(1, line.text);
    record->line = line.number;
    return more;
  }

 private:
  LineReader lines_;
};

class TsvRecordReader : public RecordReader {
 public:
  explicit TsvRecordReader(LineReader lines) : lines_(std::move(lines)) {}

  Result<bool> Next(Record* record) override {
    Line line;
    LLMEMBED_ASSIGN_OR_RETURN(const bool more, lines_.Next(&line));
    SplitFields(line.text, '\t', &record->fields);
    record->line = line.number;
    return more;
  }

 private:
  LineReader lines_;
};

class CsvRecordReader : public RecordReader {
 public:
  explicit CsvRecordReader(LineReader lines) : lines_(std::move(lines)) {}

  Result<bool> Next(Record* record) override {
    Line line;
    LLMEMBED_ASSIGN_OR_RETURN(const bool more, lines_.Next(&line));
    if (!more) return false;
    record->line = line.number;
    if (line.text.find('"') == std::string_view::npos) {
      SplitFields(line.text, ',', &record->fields);
      return true;
    }
    parser_.Begin();
    CsvParser::State state = parser_.Feed(line);
    while (state == CsvParser::State::kInsideQuotes) {
      LLMEMBED_RETURN_IF_ERROR(CheckSize());
      LLMEMBED_ASSIGN_OR_RETURN(const bool goes_on, lines_.Next(&line));
      if (!goes_on) return Unclosed("the end of the file");
      state = parser_.Feed(line);
    }
    if (state != CsvParser::State::kComplete) return Malformed(state, line.number);
    parser_.GetFields(&record->fields);
    return true;
  }

 private:
  Status CheckSize() const {
    return parser_.size() <= kMaxRecordBytes ? Status() : Unclosed("4 MiB, the limit of a record");
  }

  Status Unclosed(std::string_view where) const {
    return lines_.ErrorAt(
        parser_.quote_line(),
        "the quote that opens a field here is not closed by " + std::string(where));
  }

  Status Malformed(CsvParser::State state, uint64_t line) const {
    if (state == CsvParser::State::kTextAfterQuote) {
      return lines_.ErrorAt(parser_.quote_line(),
                            "text after the closing quote of a field that begins here; a quote "
                            "inside it must be written twice");
    }
    return lines_.ErrorAt(line,
                          "a quote inside a field that does not begin with one; put the field in "
                          "quotes and write the quote twice");
  }

  LineReader lines_;
  CsvParser parser_;
};

}  // namespace

std::unique_ptr<RecordReader> MakeRecordReader(DataFormat format, LineReader lines) {
  if (format == DataFormat::kCsv) return std::make_unique<CsvRecordReader>(std::move(lines));
  if (format == DataFormat::kTsv) return std::make_unique<TsvRecordReader>(std::move(lines));
  return std::make_unique<LineRecordReader>(std::move(lines));
}

}  // namespace llmembed::data
