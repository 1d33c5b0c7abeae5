#include "data/format_detection.h"

#include <array>
#include <string>
#include <vector>

#include "data/blank.h"
#include "data/csv_parser.h"

namespace llmembed::data {
namespace {

constexpr size_t kMaxSniffedLabelBytes = 64;

struct NameEnding {
  std::string_view ending;
  DataFormat format;
};
constexpr std::array<NameEnding, 5> kNameEndings = {{{".csv", DataFormat::kCsv},
                                                     {".tsv", DataFormat::kTsv},
                                                     {".jsonl", DataFormat::kJsonl},
                                                     {".ndjson", DataFormat::kJsonl},
                                                     {".json", DataFormat::kJsonl}}};

bool MustBeTable(const DataSource& source, LabelNeed need) {
  return source.header == HeaderMode::kPresent || !source.text_column.empty() ||
         !source.label_column.empty() || need == LabelNeed::kRequired;
}

// `{"` or `{}`, with blanks between: a text in braces alone is no object.
bool BeginsObject(std::string_view line) {
  constexpr std::string_view kBlanks = " \t";
  const size_t brace = line.find_first_not_of(kBlanks);
  if (brace == std::string_view::npos || line[brace] != '{') return false;
  const size_t next = line.find_first_not_of(kBlanks, brace + 1);
  return next != std::string_view::npos && (line[next] == '"' || line[next] == '}');
}

bool IsLabelAndText(const std::vector<std::string_view>& fields) {
  return fields.size() == 2 && fields[0].size() <= kMaxSniffedLabelBytes && !IsBlank(fields[0]);
}

// The header of a CSV that stands on one line.
bool IsCsvHeader(std::string_view line, const DataSource& source) {
  CsvParser parser;
  parser.Begin();
  if (parser.Feed({line, "", 1}) != CsvParser::State::kComplete) return false;
  std::vector<std::string_view> fields;
  parser.GetFields(&fields);
  return fields.size() > 1 && IsHeader(fields, DataFormat::kCsv, source);
}

}  // namespace

DataFormat FormatOfName(std::string_view path) {
  std::string name(path);
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  std::string_view stem = name;
  for (const std::string_view compression : {".gz", ".zst"}) {
    if (stem.ends_with(compression)) stem.remove_suffix(compression.size());
  }
  for (const NameEnding& known : kNameEndings) {
    if (stem.ends_with(known.ending)) return known.format;
  }
  return DataFormat::kAuto;
}

DataFormat SniffFormat(std::string_view first_line, const DataSource& source, LabelNeed need) {
  if (BeginsObject(first_line)) return DataFormat::kJsonl;
  const bool must_be_table = MustBeTable(source, need);
  std::vector<std::string_view> fields;
  SplitFields(first_line, '\t', &fields);
  if (IsLabelAndText(fields) ||
      (fields.size() > 1 && (must_be_table || IsHeader(fields, DataFormat::kTsv, source)))) {
    return DataFormat::kTsv;
  }
  if (must_be_table && first_line.find(',') != std::string_view::npos) return DataFormat::kCsv;
  return IsCsvHeader(first_line, source) ? DataFormat::kCsv : DataFormat::kLines;
}

}  // namespace llmembed::data
