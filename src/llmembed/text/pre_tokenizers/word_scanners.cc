#include "text/pre_tokenizers/word_scanners.h"

#include <array>
#include <cstdint>
#include <limits>

#include "base/utf8.h"
#include "text/unicode/regex_classes.h"

namespace llmembed::text {
namespace {

// Beside those of regex_classes.h.
constexpr uint8_t kLineEnd = 0x80;  // [\r\n]
constexpr uint8_t kWordOrSpace = kRegexLetter | kRegexNumber | kRegexSpace;

struct Character {
  uint8_t classes;
  size_t end;
};

std::array<uint8_t, 128> AsciiClasses() {
  std::array<uint8_t, 128> classes{};
  for (char32_t code = 0; code < classes.size(); ++code) classes[code] = RegexClassesOf(code);
  for (const char line_end : {'\r', '\n'}) classes[static_cast<size_t>(line_end)] |= kLineEnd;
  return classes;
}

// Precondition: position < text.size().
Character CharacterAt(std::string_view text, size_t position) {
  static const std::array<uint8_t, 128> ascii_classes = AsciiClasses();
  const auto byte = static_cast<uint8_t>(text[position]);
  if (byte < ascii_classes.size()) return {ascii_classes[byte], position + 1};
  const char32_t code_point = base::DecodeUtf8(text, &position);
  return {RegexClassesOf(code_point), position};
}

// The end of the longest run of characters of one of the classes, at most `limit` of them.
size_t RunEnd(std::string_view text, size_t position, uint8_t classes,
              size_t limit = std::numeric_limits<size_t>::max()) {
  for (; position < text.size() && limit > 0; --limit) {
    const Character character = CharacterAt(text, position);
    if ((character.classes & classes) == 0) break;
    position = character.end;
  }
  return position;
}

// The end of the run of [^\s\p{L}\p{N}].
size_t SymbolsEnd(std::string_view text, size_t position) {
  while (position < text.size()) {
    const Character character = CharacterAt(text, position);
    if ((character.classes & kWordOrSpace) != 0) break;
    position = character.end;
  }
  return position;
}

// \s+(?!\S)|\s+ : a run of whitespace, less its last character where a word follows, which may
// begin with it. Precondition: whitespace stands at `begin`.
size_t WhitespaceEnd(std::string_view text, size_t begin) {
  size_t last = begin;
  size_t end = CharacterAt(text, begin).end;
  while (end < text.size()) {
    const Character character = CharacterAt(text, end);
    if ((character.classes & kRegexSpace) == 0) return last == begin ? end : last;
    last = end;
    end = character.end;
  }
  return end;
}

// 's|'t|'re|'ve|'m|'ll|'d : how long it is at `begin`, 0 where there is none.
size_t ContractionSize(std::string_view text, size_t begin) {
  const std::string_view rest = text.substr(begin, 3);
  if (rest.size() < 2 || rest[0] != '\'') return 0;
  if (rest[1] == 's' || rest[1] == 't' || rest[1] == 'm' || rest[1] == 'd') return 2;
  return rest == "'re" || rest == "'ve" || rest == "'ll" ? 3 : 0;
}

char ToLowerAscii(char byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

// The same without regard to case: U+017F is an s then.
size_t CaselessContractionSize(std::string_view text, size_t begin) {
  std::array<char, 3> lower{};
  const std::string_view rest = text.substr(begin, lower.size());
  if (rest == "'\u017f") return rest.size();
  for (size_t i = 0; i < rest.size(); ++i) lower[i] = ToLowerAscii(rest[i]);
  return ContractionSize({lower.data(), rest.size()}, 0);
}

// \s*[\r\n]+ : behind the last line end of a run of whitespace; `begin` where there is none.
size_t LineEndsEnd(std::string_view text, size_t begin) {
  size_t end = begin;
  for (size_t position = begin; position < text.size();) {
    const Character character = CharacterAt(text, position);
    if ((character.classes & kRegexSpace) == 0) break;
    position = character.end;
    if ((character.classes & kLineEnd) != 0) end = position;
  }
  return end;
}

// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,kMaxDigits}|
//  ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
template <size_t kMaxDigits>
size_t ScanWordOfLlama3Kind(std::string_view text, size_t begin) {
  if (const size_t size = CaselessContractionSize(text, begin)) return begin + size;
  const Character first = CharacterAt(text, begin);
  if ((first.classes & kRegexLetter) != 0) return RunEnd(text, first.end, kRegexLetter);
  if ((first.classes & kRegexNumber) != 0) {
    return RunEnd(text, first.end, kRegexNumber, kMaxDigits - 1);
  }
  if ((first.classes & kLineEnd) == 0) {
    const size_t letters_end = RunEnd(text, first.end, kRegexLetter);
    if (letters_end > first.end) return letters_end;
  }
  const size_t symbols = text[begin] == ' ' ? first.end : begin;
  const size_t symbols_end = SymbolsEnd(text, symbols);
  if (symbols_end > symbols) return RunEnd(text, symbols_end, kLineEnd);
  const size_t line_ends_end = LineEndsEnd(text, begin);
  return line_ends_end > begin ? line_ends_end : WhitespaceEnd(text, begin);
}

struct KnownExpression {
  std::string_view text;
  WordScanner scan;
};

// To add an expression: its scanner, and a line here.
constexpr KnownExpression kKnownExpressions[] = {
    // GPT-2 and RoBERTa, in two spellings
    {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)",
     &ScanGpt2Word},
    {R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", &ScanGpt2Word},
    // Llama 3, and OpenAI's cl100k_base
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
     R"(\s*[\r\n]+|\s+(?!\S)|\s+)",
     &ScanLlama3Word},
    // Qwen 2
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
     R"(\s*[\r\n]+|\s+(?!\S)|\s+)",
     &ScanQwen2Word},
};

}  // namespace

size_t ScanGpt2Word(std::string_view text, size_t begin) {
  if (const size_t size = ContractionSize(text, begin)) return begin + size;
  size_t body = begin;
  Character first = CharacterAt(text, begin);
  if (text[begin] == ' ' && first.end < text.size()) {
    body = first.end;
    first = CharacterAt(text, body);
  }
  if ((first.classes & kRegexLetter) != 0) return RunEnd(text, first.end, kRegexLetter);
  if ((first.classes & kRegexNumber) != 0) return RunEnd(text, first.end, kRegexNumber);
  if ((first.classes & kRegexSpace) == 0) return SymbolsEnd(text, body);
  return WhitespaceEnd(text, begin);
}

size_t ScanLlama3Word(std::string_view text, size_t begin) {
  return ScanWordOfLlama3Kind<3>(text, begin);
}

size_t ScanQwen2Word(std::string_view text, size_t begin) {
  return ScanWordOfLlama3Kind<1>(text, begin);
}

WordScanner FindWordScanner(std::string_view expression) {
  for (const KnownExpression& known : kKnownExpressions) {
    if (expression == known.text) return known.scan;
  }
  return nullptr;
}

}  // namespace llmembed::text
