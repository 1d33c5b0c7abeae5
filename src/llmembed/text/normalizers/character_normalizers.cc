#include "text/normalizers/character_normalizers.h"

#include "base/utf8.h"
#include "text/unicode/normalization.h"
#include "text/unicode/properties.h"

namespace llmembed::text {
namespace {

// Calls put(code point, its bytes) for each code point of the text.
template <typename Function>
void ForEachCodePoint(std::string_view text, const Function& put) {
  for (size_t position = 0; position < text.size();) {
    const size_t begin = position;
    const char32_t code_point = base::DecodeUtf8(text, &position);
    put(code_point, text.substr(begin, position - begin));
  }
}

template <typename Part>
Result<std::unique_ptr<Normalizer>> MakeWithoutFields(const JsonFields& fields) {
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return std::unique_ptr<Normalizer>(std::make_unique<Part>());
}

bool IsRemovedByNmt(char32_t c) {
  return (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F ||
         c == 0x8F || c == 0x9F;
}

bool IsSpaceToNmt(char32_t c) {
  return c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 ||
         (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF ||
         c == 0xFFFD;
}

}  // namespace

void Lowercase::Normalize(std::string_view text, std::string* out) const {
  ForEachCodePoint(text, [out](char32_t code_point, std::string_view bytes) {
    if (!PropertiesOf(code_point).Is(kLowercases)) {
      out->append(bytes);
      return;
    }
    for (const char32_t part : ToLowercase(code_point)) base::AppendUtf8(part, out);
  });
}

void StripAccents::Normalize(std::string_view text, std::string* out) const {
  ForEachCodePoint(text, [out](char32_t code_point, std::string_view bytes) {
    if (!IsCombiningMark(code_point)) out->append(bytes);
  });
}

void Nmt::Normalize(std::string_view text, std::string* out) const {
  ForEachCodePoint(text, [out](char32_t code_point, std::string_view bytes) {
    if (IsRemovedByNmt(code_point)) return;
    out->append(IsSpaceToNmt(code_point) ? " " : bytes);
  });
}

// NOLINTBEGIN(performance-unnecessary-value-param): all components are made from their own copy
Result<std::unique_ptr<Normalizer>> Lowercase::FromJson(JsonFields fields) {
  return MakeWithoutFields<Lowercase>(fields);
}

Result<std::unique_ptr<Normalizer>> StripAccents::FromJson(JsonFields fields) {
  return MakeWithoutFields<StripAccents>(fields);
}

Result<std::unique_ptr<Normalizer>> Nmt::FromJson(JsonFields fields) {
  return MakeWithoutFields<Nmt>(fields);
}
// NOLINTEND(performance-unnecessary-value-param)

}  // namespace llmembed::text
