#include "data/csv_parser.h"

namespace llmembed::data {

void SplitFields(std::string_view line, char separator, std::vector<std::string_view>* fields) {
  fields->clear();
  size_t begin = 0;
  while (true) {
    const size_t end = line.find(separator, begin);
    fields->push_back(line.substr(begin, end - begin));
    if (end == std::string_view::npos) return;
    begin = end + 1;
  }
}

void CsvParser::Begin() {
  content_.clear();
  field_ends_.clear();
  inside_quotes_ = false;
}

CsvParser::State CsvParser::Feed(const Line& line) {
  std::string_view rest = line.text;
  while (true) {
    if (!inside_quotes_ && rest.starts_with('"')) {
      inside_quotes_ = true;
      quote_line_ = line.number;
      rest.remove_prefix(1);
    }
    if (inside_quotes_) {
      if (!TakeQuoted(&rest)) {
        content_.append(line.end);
        return State::kInsideQuotes;
      }
      inside_quotes_ = false;
      if (!rest.empty() && rest.front() != ',') return State::kTextAfterQuote;
    } else {
      const std::string_view field = rest.substr(0, rest.find(','));
      if (field.find('"') != std::string_view::npos) return State::kQuoteInsideField;
      content_.append(field);
      rest.remove_prefix(field.size());
    }
    field_ends_.push_back(content_.size());
    if (rest.empty()) return State::kComplete;
    rest.remove_prefix(1);  // the comma
  }
}

bool CsvParser::TakeQuoted(std::string_view* rest) {
  while (true) {
    const size_t quote = rest->find('"');
    content_.append(rest->substr(0, quote));
    if (quote == std::string_view::npos) return false;
    rest->remove_prefix(quote + 1);
    if (!rest->starts_with('"')) return true;
    content_.push_back('"');
    rest->remove_prefix(1);
  }
}

void CsvParser::GetFields(std::vector<std::string_view>* fields) const {
  fields->clear();
  size_t begin = 0;
  for (const size_t end : field_ends_) {
    fields->push_back(std::string_view(content_).substr(begin, end - begin));
    begin = end;
  }
}

}  // namespace llmembed::data
