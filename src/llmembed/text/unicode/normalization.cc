#include "text/unicode/normalization.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "text/unicode/normalization_tables.h"
#include "text/unicode/properties.h"

namespace llmembed::text {
namespace {

// Hangul composes by arithmetic (Unicode 15 section 3.12).
constexpr char32_t kSyllableBase = 0xAC00;
constexpr char32_t kSyllableCount = 11172;
constexpr char32_t kLeadingBase = 0x1100;
constexpr char32_t kLeadingCount = 19;
constexpr char32_t kVowelBase = 0x1161;
constexpr char32_t kVowelCount = 21;
constexpr char32_t kTrailingBase = 0x11A7;
constexpr char32_t kTrailingCount = 28;

bool IsIn(char32_t code_point, char32_t base, char32_t count) {
  return code_point >= base && code_point - base < count;
}

std::optional<char32_t> Compose(char32_t first, char32_t second) {
  if (IsIn(first, kLeadingBase, kLeadingCount) && IsIn(second, kVowelBase, kVowelCount)) {
    return kSyllableBase +
           ((first - kLeadingBase) * kVowelCount + (second - kVowelBase)) * kTrailingCount;
  }
  if (IsIn(first, kSyllableBase, kSyllableCount) && (first - kSyllableBase) % kTrailingCount == 0 &&
      IsIn(second, kTrailingBase + 1, kTrailingCount - 1)) {
    return first + (second - kTrailingBase);
  }
  const Composition* end = kCompositions + kCompositionCount;
  const Composition* found =
      std::lower_bound(kCompositions, end, std::pair(first, second),
                       [](const Composition& entry, const auto& wanted) {
                         return std::pair(entry.first, entry.second) < wanted;
                       });
  if (found == end || found->first != first || found->second != second) return std::nullopt;
  return found->composite;
}

// Takes decomposed code points one at a time and writes them in canonical order, composed where the
// form asks for it. A starter waits with the marks behind it until the next starter.
class Writer {
 public:
  Writer(bool composes, std::string* out) : composes_(composes), out_(out) {}

  void Put(char32_t code_point, uint8_t combining_class) {
    if (combining_class != 0) {
      marks_.push_back({code_point, combining_class});
      return;
    }
    EndMarks();
    if (composes_ && starter_ && marks_.empty()) {
      if (const auto composite = Compose(*starter_, code_point)) {
        starter_ = composite;
        return;
      }
    }
    Flush();
    starter_ = code_point;
  }

  void End() {
    EndMarks();
    Flush();
    starter_.reset();
  }

 private:
  struct Mark {
    char32_t code_point;
    uint8_t combining_class;
  };

  // Orders the marks and composes those with the starter that no mark in between blocks.
  void EndMarks() {
    if (marks_.empty()) return;
    std::stable_sort(marks_.begin(), marks_.end(), [](const Mark& a, const Mark& b) {
      return a.combining_class < b.combining_class;
    });
    if (!composes_ || !starter_) return;
    uint8_t last_class = 0;
    size_t kept = 0;
    for (const Mark mark : marks_) {
      const bool is_blocked = mark.combining_class == last_class;
      const auto composite = is_blocked ? std::nullopt : Compose(*starter_, mark.code_point);
      if (composite) {
        starter_ = composite;
      } else {
        last_class = mark.combining_class;
        marks_[kept++] = mark;
      }
    }
    marks_.resize(kept);
  }

  void Flush() {
    if (starter_) base::AppendUtf8(*starter_, out_);
    for (const Mark mark : marks_) base::AppendUtf8(mark.code_point, out_);
    marks_.clear();
  }

  bool composes_;
  std::string* out_;
  std::optional<char32_t> starter_;
  std::vector<Mark> marks_;
};

void PutCanonical(char32_t code_point, Writer* writer) {
  const CodePointProperties properties = PropertiesOf(code_point);
  if (!properties.Is(kDecomposes)) return writer->Put(code_point, properties.combining_class);
  for (const char32_t part : DecomposeCanonically(code_point)) {
    writer->Put(part, PropertiesOf(part).combining_class);
  }
}

void PutCompatible(char32_t code_point, Writer* writer) {
  const uint8_t block = kCompatibleBlockIndex[code_point / kDecompositionBlock];
  const uint16_t place = kCompatibleBlocks[block][code_point % kDecompositionBlock];
  if (place == 0) return PutCanonical(code_point, writer);  // Hangul syllables decompose there
  const char32_t* parts = kCompatiblePool + place + 1;
  for (const char32_t* part = parts; part < parts + parts[-1]; ++part) {
    writer->Put(*part, PropertiesOf(*part).combining_class);
  }
}

bool IsAscii(char byte) { return static_cast<unsigned char>(byte) < 0x80; }

}  // namespace

void AppendNormalForm(std::string_view text, NormalForm form, std::string* out) {
  const bool composes = form == NormalForm::kNfc || form == NormalForm::kNfkc;
  const bool is_compatible = form == NormalForm::kNfkc || form == NormalForm::kNfkd;
  Writer writer(composes, out);
  for (size_t position = 0; position < text.size();) {
    // ASCII before ASCII is what it is; before other code points it may have to wait for a mark.
    size_t end = position;
    while (end < text.size() && IsAscii(text[end])) ++end;
    if (end < text.size() && end > position) --end;
    if (end > position) {
      writer.End();
      out->append(text.substr(position, end - position));
      position = end;
      continue;
    }
    const char32_t code_point = base::DecodeUtf8(text, &position);
    is_compatible ? PutCompatible(code_point, &writer) : PutCanonical(code_point, &writer);
  }
  writer.End();
}

bool IsCombiningMark(char32_t code_point) {
  const CodePointRange* end = kCombiningMarks + kCombiningMarkCount;
  const CodePointRange* found = std::lower_bound(
      kCombiningMarks, end, code_point,
      [](const CodePointRange& range, char32_t wanted) { return range.last < wanted; });
  return found != end && found->first <= code_point;
}

}  // namespace llmembed::text
