#include "data/columns.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/utf8.h"
#include "data/byte_stream.h"

namespace llmembed::data {
namespace {

constexpr size_t kMaxListedColumns = 20;
constexpr size_t kMaxQuotedBytes = 40;

using Cells = std::span<const std::string_view>;

// In lower case. The first of each list wins over the others; among those there is no order.
constexpr std::array<std::string_view, 20> kTextNames = {
    "text",     "sentence", "review",      "content",   "body",  "document", "comment",
    "tweet",    "message",  "description", "utterance", "query", "question", "headline",
    "abstract", "post",     "sms",         "snippet",   "input", "title"};
constexpr std::array<std::string_view, 15> kLabelNames = {
    "label", "class",  "category", "target",  "sentiment", "intent",      "topic", "tag",
    "stars", "rating", "polarity", "emotion", "labels",    "class index", "genre"};

bool EqualsIgnoringCase(std::string_view cell, std::string_view lower_case_name) {
  return std::equal(cell.begin(), cell.end(), lower_case_name.begin(), lower_case_name.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

bool IsIn(Cells names, std::string_view cell) {
  return std::any_of(names.begin(), names.end(),
                     [cell](std::string_view name) { return EqualsIgnoringCase(cell, name); });
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool IsGivenByName(const std::string& column) { return !column.empty() && !IsNumber(column); }

// Looks like an identifier: what a column is called, and hardly a text.
bool LooksLikeName(std::string_view cell) {
  constexpr size_t kMaxNameBytes = 64;
  return !cell.empty() && cell.size() <= kMaxNameBytes && !IsNumber(cell) &&
         std::all_of(cell.begin(), cell.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.';
         });
}

// Finds columns of one table; every failure lists what there is.
class ColumnFinder {
 public:
  ColumnFinder(Cells cells, RowMeaning meaning, const DataSource& source)
      : cells_(cells), meaning_(meaning), name_(SourceName(source.path)) {}

  // A column that was asked for by name or number.
  Result<size_t> Find(const std::string& column) const {
    if (meaning_ == RowMeaning::kHeader) {
      const auto found = std::find(cells_.begin(), cells_.end(), column);
      if (found != cells_.end()) {
        if (std::find(found + 1, cells_.end(), column) != cells_.end()) {
          return Error(StatusCode::kBadData, "two columns are named " + QuoteForMessage(column));
        }
        return static_cast<size_t>(found - cells_.begin());
      }
    }
    size_t number = 0;
    const auto parsed = std::from_chars(column.data(), column.data() + column.size(), number);
    const bool in_range = parsed.ec == std::errc() && number >= 1 && number <= cells_.size();
    if (IsNumber(column) && in_range) return number - 1;
    return Error(StatusCode::kNotFound, "no column " + QuoteForMessage(column));
  }

  // The column with a known name; nullopt when there is none. Several are an error,
  // unless one of them has the first name of the list.
  Result<std::optional<size_t>> FindKnown(Cells names, std::optional<size_t> taken,
                                          const char* role) const {
    if (meaning_ == RowMeaning::kData) return std::optional<size_t>();
    std::vector<size_t> found = Matching(names.first(1), taken);
    if (found.empty()) found = Matching(names.subspan(1), taken);
    if (found.size() > 1) return Unclear(role);
    return found.empty() ? std::nullopt : std::optional<size_t>(found.front());
  }

  Status Unclear(const char* role) const {
    return Error(StatusCode::kBadData, std::string("no telling which column holds the ") + role +
                                           "s; name it (--" + role + ")");
  }

  Status NoLabels() const {
    const bool may_be_separated_otherwise =
        cells_.size() == 1 && cells_.front().find_first_of(";\t,") != std::string_view::npos;
    return Error(StatusCode::kBadData,
                 std::string("labels are needed, and no column is known to hold them") +
                     (may_be_separated_otherwise
                          ? " (fields are separated by commas in CSV and by TABs in TSV)"
                          : ""));
  }

  Status Error(StatusCode code, const std::string& what) const {
    return {code, name_ + ": " + what + "; the " +
                      (meaning_ == RowMeaning::kHeader ? "columns are " : "first row is ") +
                      ListColumns(cells_)};
  }

 private:
  std::vector<size_t> Matching(Cells names, std::optional<size_t> taken) const {
    std::vector<size_t> positions;
    for (size_t i = 0; i < cells_.size(); ++i) {
      if (i != taken && IsIn(names, cells_[i])) positions.push_back(i);
    }
    return positions;
  }

  Cells cells_;
  RowMeaning meaning_;
  std::string name_;
};

// What names have left open, where the number of columns leaves one answer: a single column holds
// texts; of two, the one that is left, or label before text.
void FillByPosition(size_t column_count, LabelNeed need, std::optional<size_t>* text,
                    std::optional<size_t>* label) {
  if (column_count == 1 && !*label) *text = 0;
  if (column_count != 2) return;
  if (!*text && !*label) {
    *label = 0;
    *text = 1;
  } else if (!*text) {
    *text = 1 - **label;
  } else if (!*label && need == LabelNeed::kRequired) {
    *label = 1 - **text;
  }
}

}  // namespace

std::string QuoteForMessage(std::string_view text) {
  std::string quoted = "'";
  size_t position = 0;
  while (position < text.size() && position < kMaxQuotedBytes) {
    const char32_t code_point = base::DecodeUtf8(text, &position);
    base::AppendUtf8(code_point < 0x20 || code_point == 0x7F ? U'?' : code_point, &quoted);
  }
  return quoted + (position < text.size() ? "...'" : "'");
}

std::string ListColumns(Cells cells) {
  std::string list;
  for (size_t i = 0; i < std::min(cells.size(), kMaxListedColumns); ++i) {
    list += (i == 0 ? "" : ", ") + std::to_string(i + 1) + " " + QuoteForMessage(cells[i]);
  }
  if (cells.size() > kMaxListedColumns) {
    list += " and " + std::to_string(cells.size() - kMaxListedColumns) + " more";
  }
  return list;
}

bool IsHeader(Cells first_row, DataFormat format, const DataSource& source) {
  if (source.header != HeaderMode::kAuto) return source.header == HeaderMode::kPresent;
  if (IsGivenByName(source.text_column) || IsGivenByName(source.label_column)) return true;
  if (format == DataFormat::kLines) return false;
  const auto is_any_in = [first_row](Cells names) {
    return std::any_of(first_row.begin(), first_row.end(),
                       [names](std::string_view cell) { return IsIn(names, cell); });
  };
  const bool names_text = is_any_in(kTextNames);
  const bool names_label = is_any_in(kLabelNames);
  if (names_text && names_label) return true;
  return (names_text || (names_label && first_row.size() > 1)) &&
         std::all_of(first_row.begin(), first_row.end(), LooksLikeName);
}

Result<Columns> ResolveColumns(Cells first_row, RowMeaning meaning, const DataSource& source,
                               LabelNeed need) {
  const ColumnFinder finder(first_row, meaning, source);
  std::optional<size_t> text;
  std::optional<size_t> label;
  if (!source.text_column.empty()) {
    LLMEMBED_ASSIGN_OR_RETURN(text, finder.Find(source.text_column));
  }
  if (!source.label_column.empty()) {
    LLMEMBED_ASSIGN_OR_RETURN(label, finder.Find(source.label_column));
  }
  if (text && text == label) {
    return finder.Error(StatusCode::kUsage, "the same column cannot hold the texts and the labels");
  }
  if (!text) {
    LLMEMBED_ASSIGN_OR_RETURN(text, finder.FindKnown(kTextNames, label, "text"));
  }
  if (!label) {
    auto known = finder.FindKnown(kLabelNames, text, "label");
    if (known.ok()) label = *known;
    if (!known.ok() && need == LabelNeed::kRequired) return known.status();
  }
  FillByPosition(first_row.size(), need, &text, &label);
  if (!text) return finder.Unclear("text");
  if (!label && need == LabelNeed::kRequired) return finder.NoLabels();
  return Columns{*text, need == LabelNeed::kNone ? std::nullopt : label};
}

}  // namespace llmembed::data
