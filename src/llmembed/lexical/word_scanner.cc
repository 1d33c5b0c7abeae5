#include "lexical/word_scanner.h"

#include "base/utf8.h"
#include "text/unicode/properties.h"
#include "text/unicode/regex_classes.h"

namespace llmembed::lexical {
namespace {

constexpr char32_t kCapitalSigma = 0x3A3;
constexpr char32_t kFinalSigma = 0x3C2;

bool IsWordCharacter(char32_t c) {
  return (text::RegexClassesOf(c) & (text::kRegexLetter | text::kRegexNumber)) != 0 || c == '_';
}

bool IsLetter(char32_t c) { return (text::RegexClassesOf(c) & text::kRegexLetter) != 0; }

bool LetterFollows(std::string_view text, size_t position) {
  return position < text.size() && IsLetter(base::DecodeUtf8(text, &position));
}

}  // namespace

std::span<const std::string_view> WordScanner::Scan(std::string_view text) {
  lowered_.clear();
  found_.clear();
  words_.clear();
  run_ = Run();
  char32_t before = 0;
  for (size_t position = 0; position < text.size();) {
    const char32_t c = base::DecodeUtf8(text, &position);
    if (c == kCapitalSigma && IsLetter(before) && !LetterFollows(text, position)) {
      Add(kFinalSigma);
    } else if (text::PropertiesOf(c).Is(text::kLowercases)) {
      for (const char32_t lower_case : text::ToLowercase(c)) Add(lower_case);
    } else {
      Add(c);
    }
    before = c;
  }
  EndWord();
  for (const auto& [begin, end] : found_) {
    words_.push_back(std::string_view(lowered_).substr(begin, end - begin));
  }
  return words_;
}

void WordScanner::Add(char32_t lower_case) {
  if (IsWordCharacter(lower_case)) {
    base::AppendUtf8(lower_case, &lowered_);
    ++run_.length;
  } else {
    EndWord();
  }
}

void WordScanner::EndWord() {
  if (run_.length >= 2) found_.emplace_back(run_.begin, lowered_.size());
  run_ = {lowered_.size(), 0};
}

}  // namespace llmembed::lexical
