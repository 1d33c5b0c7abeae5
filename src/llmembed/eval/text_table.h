// A plain table for a terminal, its columns aligned.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace llmembed::eval {

// The first column is aligned to the left, the others to the right; widths count code points.
class TextTable {
 public:
  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string Format() const;  // one line a row, each ending in a newline

 private:
  std::vector<std::vector<std::string>> rows_;
};

// A text from outside made fit for one cell: at most `width` code points (a longer one ends in an
// ellipsis), with U+FFFD for control characters and for what is not UTF-8.
std::string CellText(std::string_view text, size_t width);

}  // namespace llmembed::eval
