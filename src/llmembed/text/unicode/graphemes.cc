#include "text/unicode/graphemes.h"

#include <algorithm>
#include <vector>

#include "base/utf8.h"
#include "text/unicode/grapheme_tables.h"

namespace llmembed::text {
namespace {

using enum GraphemeClass;

constexpr char32_t kFirstSyllable = 0xAC00;
constexpr char32_t kLastSyllable = 0xD7A3;
constexpr char32_t kSyllablesPerVowel = 28;
constexpr char32_t kNarrowEnd = 0x10000;

GraphemeClass SearchClass(char32_t code_point) {
  const GraphemeRange* end = kGraphemeRanges + kGraphemeRangeCount;
  const GraphemeRange* found = std::lower_bound(
      kGraphemeRanges, end, code_point,
      [](const GraphemeRange& range, char32_t wanted) { return range.last < wanted; });
  return found != end && found->first <= code_point ? found->grapheme_class : kOther;
}

std::vector<GraphemeClass> NarrowClasses() {
  std::vector<GraphemeClass> classes(kNarrowEnd);
  for (char32_t c = 0; c < kNarrowEnd; ++c) {
    if (c < kFirstSyllable || c > kLastSyllable) {
      classes[c] = SearchClass(c);
    } else {
      const bool is_open = (c - kFirstSyllable) % kSyllablesPerVowel == 0;
      classes[c] = is_open ? kSyllable : kClosedSyllable;
    }
  }
  return classes;
}

GraphemeClass ClassOf(char32_t code_point) {
  static const std::vector<GraphemeClass> narrow_classes = NarrowClasses();
  return code_point < kNarrowEnd ? narrow_classes[code_point] : SearchClass(code_point);
}

// What stands so far in a cluster, as much as decides on the next code point.
struct ClusterState {
  char32_t last;
  GraphemeClass last_class;
  bool is_emoji;  // a pictograph and extending code points
};

bool JoinsHangul(GraphemeClass left, GraphemeClass right) {
  switch (left) {
    case kLeading:
      return right == kLeading || right == kVowel || right == kSyllable || right == kClosedSyllable;
    case kVowel:
    case kSyllable:
      return right == kVowel || right == kTrailing;
    case kTrailing:
    case kClosedSyllable:
      return right == kTrailing;
    default:
      return false;
  }
}

bool Joins(const ClusterState& state, char32_t next, GraphemeClass next_class) {
  const GraphemeClass last = state.last_class;
  if (state.last == '\r' && next == '\n') return true;
  if (last == kControl || next_class == kControl) return false;
  if (next_class == kExtend || next_class == kJoiner || next_class == kSpacingMark) return true;
  if (last == kPrepend) return true;
  if (last == kJoiner && next_class == kPictographic) return state.is_emoji;
  return JoinsHangul(last, next_class);
}

}  // namespace

size_t GraphemeEnd(std::string_view text, size_t begin) {
  size_t end = begin;
  const char32_t first = base::DecodeUtf8(text, &end);
  ClusterState state = {first, ClassOf(first), false};
  state.is_emoji = state.last_class == kPictographic;
  while (end < text.size()) {
    size_t next_end = end;
    const char32_t next = base::DecodeUtf8(text, &next_end);
    const GraphemeClass next_class = ClassOf(next);
    if (!Joins(state, next, next_class)) break;
    const bool goes_on = state.is_emoji && (next_class == kExtend || next_class == kJoiner) &&
                         state.last_class != kJoiner;
    state = {next, next_class, next_class == kPictographic || goes_on};
    end = next_end;
  }
  return end;
}

}  // namespace llmembed::text
