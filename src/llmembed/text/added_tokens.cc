#include "text/added_tokens.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/utf8.h"
#include "text/unicode/properties.h"

namespace llmembed::text {
namespace {

std::vector<Trie::Entry> EntriesOf(const std::vector<AddedTokenMatcher::Pattern>& patterns) {
  std::vector<Trie::Entry> entries;
  for (const AddedTokenMatcher::Pattern& pattern : patterns) {
    entries.push_back({pattern.text, static_cast<int32_t>(entries.size())});
  }
  return entries;
}

// The start of the last code point of text[0, end). Precondition: end > 0.
size_t LastCodePoint(std::string_view text, size_t end) {
  do {
    --end;
  } while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U);
  return end;
}

bool IsAt(std::string_view text, size_t position, PropertyFlag flag) {
  return PropertiesOf(base::DecodeUtf8(text, &position)).Is(flag);
}

bool TouchesWord(std::string_view text, size_t begin, size_t end) {
  return (begin > 0 && IsAt(text, LastCodePoint(text, begin), kWord)) ||
         (end < text.size() && IsAt(text, end, kWord));
}

size_t WithSpaceBefore(std::string_view text, size_t begin, size_t at_least) {
  while (begin > at_least) {
    const size_t previous = LastCodePoint(text, begin);
    if (!IsAt(text, previous, kWhitespace)) break;
    begin = previous;
  }
  return begin;
}

size_t WithSpaceBehind(std::string_view text, size_t end) {
  while (end < text.size()) {
    size_t next = end;
    if (!PropertiesOf(base::DecodeUtf8(text, &next)).Is(kWhitespace)) break;
    end = next;
  }
  return end;
}

// Whether one of the tokens could lie in whitespace that another one has taken along: there the
// reference gives overlapping tokens, or crashes.
bool CanOverlap(const std::vector<AddedTokenMatcher::Pattern>& patterns) {
  const auto strips = [](const auto& pattern) { return pattern.token.rstrip; };
  const auto starts_with_space = [](const auto& pattern) {
    return IsAt(pattern.text, 0, kWhitespace);
  };
  return std::any_of(patterns.begin(), patterns.end(), strips) &&
         std::any_of(patterns.begin(), patterns.end(), starts_with_space);
}

}  // namespace

AddedTokenMatcher::AddedTokenMatcher(std::vector<Pattern> patterns, SpecialText special_text)
    : patterns_(std::move(patterns)), special_text_(special_text), trie_(EntriesOf(patterns_)) {}

void AddedTokenMatcher::Split(std::string_view text, std::vector<TextPart>* parts) const {
  const auto add_between = [&](size_t begin, size_t end) {
    if (begin < end) parts->push_back({TextPart::kNoToken, text.substr(begin, end - begin)});
  };
  size_t done = 0;  // the end of the last token, its whitespace included
  for (size_t position = 0; !patterns_.empty() && position < text.size();) {
    const Trie::Match match = trie_.LongestPrefix(text.substr(position));
    if (match.length == 0) {
      ++position;
      continue;
    }
    const AddedToken& token = patterns_[static_cast<size_t>(match.value)].token;
    size_t begin = position;
    position += match.length;
    // As in the reference, a match that does not count hides those that overlap it.
    if (token.is_special && special_text_ == SpecialText::kPlain) continue;
    if (token.single_word && TouchesWord(text, begin, position)) continue;
    if (token.lstrip) begin = WithSpaceBefore(text, begin, done);
    if (token.rstrip) position = WithSpaceBehind(text, position);
    add_between(done, begin);
    parts->push_back({static_cast<int32_t>(token.id), {}});
    done = position;
  }
  add_between(done, text.size());
}

Result<AddedTokens> AddedTokens::Create(const std::vector<AddedToken>& tokens, const Model& model,
                                        const Normalizer* normalizer, SpecialText special_text) {
  const auto corrupt = [](const std::string& what) {
    return Status(StatusCode::kCorrupt, "added_tokens: " + what);
  };
  if (tokens.size() > kMaxTokens) return corrupt("more than " + std::to_string(kMaxTokens));
  std::set<std::string_view> contents;
  std::vector<AddedTokenMatcher::Pattern> as_is;
  std::vector<AddedTokenMatcher::Pattern> normalized;
  uint32_t next_id = model.piece_count();
  uint32_t id_limit = model.id_limit();
  for (const AddedToken& listed : tokens) {
    AddedToken token = listed;
    if (token.content.empty() || token.content.size() > kMaxContentBytes) {
      return corrupt("a token of " + std::to_string(token.content.size()) +
                     " bytes, expected 1 to " + std::to_string(kMaxContentBytes));
    }
    const std::string shown = "\"" + token.content + "\"";
    if (!contents.insert(listed.content).second) return corrupt(shown + " stands twice");
    const std::optional<int32_t> model_id = model.IdOf(token.content);
    const uint32_t id = model_id ? static_cast<uint32_t>(*model_id) : next_id;
    next_id = std::max(next_id, id + 1);
    id_limit = std::max(id_limit, id + 1);
    token.id = id;
    if (!token.normalized) {
      as_is.push_back({token.content, token});
      continue;
    }
    std::string text;
    if (normalizer != nullptr) {
      normalizer->Normalize(token.content, &text);
    } else {
      text = token.content;
    }
    if (text.empty()) {
      return Status(StatusCode::kUnsupported, "added_tokens: " + shown + " normalises to nothing");
    }
    normalized.push_back({std::move(text), token});
  }
  if (CanOverlap(as_is) || CanOverlap(normalized)) {
    return Status(StatusCode::kUnsupported,
                  "added_tokens: one starts with whitespace and one has rstrip true");
  }
  // Of tokens with one text the reference takes the first, special ones before the others.
  const auto is_special = [](const auto& pattern) { return pattern.token.is_special; };
  std::stable_partition(as_is.begin(), as_is.end(), is_special);
  std::stable_partition(normalized.begin(), normalized.end(), is_special);
  return AddedTokens{AddedTokenMatcher(std::move(as_is), special_text),
                     AddedTokenMatcher(std::move(normalized), special_text), id_limit};
}

}  // namespace llmembed::text
