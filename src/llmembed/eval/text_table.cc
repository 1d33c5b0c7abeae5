#include "eval/text_table.h"

#include <algorithm>

#include "base/utf8.h"

namespace llmembed::eval {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kEllipsis = 0x2026;

size_t CodePoints(std::string_view text) {
  size_t count = 0;
  for (size_t position = 0; position < text.size(); ++count) base::DecodeUtf8(text, &position);
  return count;
}

// Characters that a terminal would act on or that reorder a line: C0, C1, line separators and
// bidirectional controls.
bool IsControl(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

std::string TextTable::Format() const {
  std::vector<size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], CodePoints(row[i]));
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - CodePoints(row[i]), ' ');
      if (i > 0) line += "  ";
      line += i == 0 ? row[i] + padding : padding + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string CellText(std::string_view text, size_t width) {
  const bool is_cut = CodePoints(text) > width;
  const size_t kept = is_cut ? width - 1 : width;
  std::string cell;
  size_t position = 0;
  for (size_t count = 0; position < text.size() && count < kept; ++count) {
    const char32_t c = base::DecodeUtf8(text, &position);
    base::AppendUtf8(IsControl(c) ? kReplacement : c, &cell);
  }
  if (is_cut) base::AppendUtf8(kEllipsis, &cell);
  return cell;
}

}  // namespace llmembed::eval
