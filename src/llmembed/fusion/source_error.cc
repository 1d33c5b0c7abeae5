#include "fusion/source_error.h"

#include <algorithm>

#include "base/utf8.h"

namespace llmembed::fusion {
namespace {

constexpr size_t kShownBefore = 60;
constexpr size_t kShownAfter = 30;

// Of each character of the text one: a blank for what would break the caret's alignment.
std::u32string Printable(std::string_view text) {
  std::u32string characters;
  for (size_t position = 0; position < text.size();) {
    const char32_t c = base::DecodeUtf8(text, &position);
    characters.push_back(c < U' ' || c == U'\x7f' ? U' ' : c);
  }
  return characters;
}

std::string ToUtf8(std::u32string_view characters) {
  std::string text;
  for (const char32_t c : characters) base::AppendUtf8(c, &text);
  return text;
}

}  // namespace

Status SourceError(StatusCode code, std::string_view text, size_t position,
                   const std::string& problem) {
  const std::string_view before = text.substr(0, position);
  const size_t line_begin = before.rfind('\n') + 1;  // npos + 1 == 0
  const size_t line_end = std::min(text.find('\n', position), text.size());
  const auto line_number = std::count(before.begin(), before.end(), '\n') + 1;

  const std::u32string line = Printable(text.substr(line_begin, line_end - line_begin));
  const size_t column = Printable(before.substr(line_begin)).size();
  const size_t shown_begin = column > kShownBefore ? column - kShownBefore : 0;
  const std::u32string_view shown =
      std::u32string_view(line).substr(shown_begin, kShownBefore + kShownAfter);

  std::string message = "fusion expression, ";
  if (text.find('\n') != std::string_view::npos) {
    message += "line " + std::to_string(line_number) + ", ";
  }
  message += "column " + std::to_string(column + 1) + ": " + problem;
  message += "\n  " + ToUtf8(shown);
  message += "\n  " + std::string(column - shown_begin, ' ') + "^";
  return {code, std::move(message)};
}

}  // namespace llmembed::fusion
