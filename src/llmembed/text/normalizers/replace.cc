#include "text/normalizers/replace.h"

#include <algorithm>
#include <charconv>

#include "base/quoted.h"
#include "base/utf8.h"
#include "text/unicode/properties.h"

namespace llmembed::text {
namespace {

constexpr size_t kMaxRepeats = 100'000;  // as many as the reference allows
constexpr std::string_view kMetaCharacters = R"(\^$.|?*+()[]{})";

// The item at the start of the pattern, which loses it; nullopt: something else.
std::optional<std::string> TakeItem(std::string_view* pattern) {
  if (pattern->starts_with("\\s")) {
    pattern->remove_prefix(2);
    return "";
  }
  const bool is_escaped = pattern->starts_with('\\');
  if (is_escaped) pattern->remove_prefix(1);
  if (pattern->empty()) return std::nullopt;
  const bool is_meta = kMetaCharacters.find(pattern->front()) != std::string_view::npos;
  if (is_meta != is_escaped) return std::nullopt;  // an escaped letter is a class of its own
  size_t end = 0;
  base::DecodeUtf8(*pattern, &end);
  std::string character(pattern->substr(0, end));
  pattern->remove_prefix(end);
  return character;
}

// ITEM, ITEM+ or ITEM{COUNT,}
std::optional<Replace::Run> ParseRun(std::string_view pattern) {
  Replace::Run run;
  const std::optional<std::string> item = TakeItem(&pattern);
  if (!item) return std::nullopt;
  run.character = *item;
  run.is_single = pattern.empty();
  if (pattern.empty() || pattern == "+") return run;
  if (!pattern.starts_with('{') || !pattern.ends_with(",}")) return std::nullopt;
  const char* const begin = pattern.data() + 1;
  const char* const end = pattern.data() + pattern.size() - 2;
  const auto [parsed_end, error] = std::from_chars(begin, end, run.at_least);
  if (begin >= end || error != std::errc() || parsed_end != end || run.at_least == 0 ||
      run.at_least > kMaxRepeats) {
    return std::nullopt;
  }
  return run;
}

// The end of the item at `begin`, `begin` itself when another one or none stands there.
size_t ItemEnd(std::string_view text, size_t begin, const std::string& character) {
  if (begin == text.size()) return begin;
  if (!character.empty()) {
    return text.substr(begin).starts_with(character) ? begin + character.size() : begin;
  }
  size_t end = begin;
  return PropertiesOf(base::DecodeUtf8(text, &end)).Is(kWhitespace) ? end : begin;
}

// Where the next item begins, the text's end when there is none.
size_t FindItem(std::string_view text, size_t begin, const std::string& character) {
  if (!character.empty()) return std::min(text.find(character, begin), text.size());
  while (begin < text.size() && ItemEnd(text, begin, character) == begin) {
    base::DecodeUtf8(text, &begin);
  }
  return begin;
}

}  // namespace

void Replace::Normalize(std::string_view text, std::string* out) const {
  run_ ? ReplaceRuns(text, out) : ReplaceString(text, out);
}

uint64_t Replace::max_growth() const {
  const uint64_t shortest_match =
      run_ ? std::max<uint64_t>(run_->character.size(), 1) * run_->at_least : wanted_.size();
  return std::max<uint64_t>((content_.size() + shortest_match - 1) / shortest_match, 1);
}

void Replace::ReplaceString(std::string_view text, std::string* out) const {
  for (size_t begin = 0;;) {
    const size_t found = text.find(wanted_, begin);
    out->append(text.substr(begin, found - begin));
    if (found == std::string_view::npos) return;
    out->append(content_);
    begin = found + wanted_.size();
  }
}

void Replace::ReplaceRuns(std::string_view text, std::string* out) const {
  for (size_t position = 0; position < text.size();) {
    const size_t begin = FindItem(text, position, run_->character);
    out->append(text.substr(position, begin - position));
    size_t end = begin;
    for (size_t count = 0;; ++count) {
      const size_t item_end = ItemEnd(text, end, run_->character);
      if (item_end == end || (run_->is_single && count == 1)) {
        const bool matches = count > 0 && count >= run_->at_least;
        out->append(matches ? content_ : text.substr(begin, end - begin));
        break;
      }
      end = item_end;
    }
    position = end;
  }
}

Result<std::unique_ptr<Normalizer>> Replace::FromJson(JsonFields fields) {
  LLMEMBED_ASSIGN_OR_RETURN(JsonFields pattern, fields.Object("pattern"));
  LLMEMBED_ASSIGN_OR_RETURN(const std::string content, fields.String("content"));
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  const bool is_regex = pattern.Optional("Regex") != nullptr;
  LLMEMBED_ASSIGN_OR_RETURN(const std::string wanted,
                            pattern.String(is_regex ? "Regex" : "String"));
  LLMEMBED_RETURN_IF_ERROR(pattern.RefuseOthers());
  if (!is_regex) {
    if (wanted.empty()) return pattern.Unsupported("an empty pattern");
    return std::unique_ptr<Normalizer>(std::make_unique<Replace>(wanted, content));
  }
  std::optional<Run> run = ParseRun(wanted);
  if (!run) {
    return pattern.Unsupported("the regular expression " + base::Quoted(wanted) +
                               " is not supported");
  }
  return std::unique_ptr<Normalizer>(std::make_unique<Replace>(*std::move(run), content));
}

}  // namespace llmembed::text
