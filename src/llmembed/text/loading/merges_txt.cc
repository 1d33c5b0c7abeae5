#include "text/loading/merges_txt.h"

#include <algorithm>
#include <set>
#include <utility>

namespace llmembed::text {
namespace {

constexpr std::string_view kBlanks = " \t\r\f\v";

std::string_view TakePiece(std::string_view* line) {
  line->remove_prefix(std::min(line->find_first_not_of(kBlanks), line->size()));
  const std::string_view piece = line->substr(0, line->find_first_of(kBlanks));
  line->remove_prefix(piece.size());
  return piece;
}

bool IsPassedOver(std::string_view line, size_t number, MergesDialect dialect) {
  if (dialect == MergesDialect::kGpt2) return number == 1;
  return (number == 1 && line.starts_with("#version:")) ||
         line.find_first_not_of(kBlanks) == std::string_view::npos;
}

}  // namespace

Result<std::vector<BpeMerge>> ParseMerges(std::string_view contents, MergesDialect dialect,
                                          const std::string& path) {
  std::vector<BpeMerge> merges;
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (size_t number = 1; !contents.empty(); ++number) {
    const size_t line_end = contents.find('\n');
    if (line_end == std::string_view::npos && dialect == MergesDialect::kGpt2) break;
    const std::string_view line = contents.substr(0, line_end);
    contents.remove_prefix(std::min(line.size() + 1, contents.size()));
    if (IsPassedOver(line, number, dialect)) continue;
    std::string_view rest = line;
    const std::string_view left = TakePiece(&rest);
    const std::string_view right = TakePiece(&rest);
    if (right.empty() || !TakePiece(&rest).empty()) {
      return Status(StatusCode::kCorrupt,
                    path + ": line " + std::to_string(number) + ": expected two pieces");
    }
    if (seen.emplace(left, right).second) merges.push_back({left, right});
  }
  return merges;
}

}  // namespace llmembed::text
