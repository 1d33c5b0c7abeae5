#include "text/normalizers/precompiled.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "text/loading/base64.h"
#include "text/unicode/graphemes.h"

namespace llmembed::text {
namespace {

constexpr size_t kShortCluster = 5;  // bytes: longer clusters are not looked up whole

bool IsAscii(char byte) { return static_cast<unsigned char>(byte) < 0x80; }

// Whether the character at `position` is a cluster by itself because of what it and the next are.
bool IsLoneAscii(std::string_view text, size_t position) {
  return IsAscii(text[position]) && text[position] != '\r' &&
         (position + 1 == text.size() || IsAscii(text[position + 1]));
}

}  // namespace

Precompiled::Precompiled(CharacterMap map)
    // What is replaced is ASCII or has at least two bytes.
    : map_(std::move(map)), max_growth_((map_.longest_replacement() + 1) / 2 + 1) {
  for (size_t byte = 0; byte < ascii_.size(); ++byte) {
    const std::string character(1, static_cast<char>(byte));
    ascii_[byte] = map_.ReplacementOfShortest(character).value_or(character);
    max_growth_ = std::max<uint64_t>(max_growth_, ascii_[byte].size());
  }
}

void Precompiled::Normalize(std::string_view text, std::string* out) const {
  for (size_t position = 0; position < text.size();) {
    if (IsLoneAscii(text, position)) {
      out->append(ascii_[static_cast<unsigned char>(text[position])]);
      ++position;
      continue;
    }
    const size_t end = GraphemeEnd(text, position);
    if (end - position <= kShortCluster) {
      if (const auto replacement =
              map_.ReplacementOfShortest(text.substr(position, end - position))) {
        out->append(*replacement);
        position = end;
        continue;
      }
    }
    while (position < end) {
      const size_t begin = position;
      base::DecodeUtf8(text, &position);
      const std::string_view character = text.substr(begin, position - begin);
      out->append(map_.ReplacementOfShortest(character).value_or(character));
    }
  }
}

Result<std::unique_ptr<Normalizer>> Precompiled::FromJson(JsonFields fields) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string encoded, fields.String("precompiled_charsmap"));
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  const std::optional<std::string> bytes = DecodeBase64(encoded);
  if (!bytes) return fields.Corrupt("precompiled_charsmap is not base64");
  LLMEMBED_ASSIGN_OR_RETURN(CharacterMap map, CharacterMap::Read(*bytes, fields.where()));
  return std::unique_ptr<Normalizer>(std::make_unique<Precompiled>(std::move(map)));
}

}  // namespace llmembed::text
