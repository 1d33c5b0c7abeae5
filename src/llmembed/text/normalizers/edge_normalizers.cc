#include "text/normalizers/edge_normalizers.h"

#include "base/utf8.h"
#include "text/unicode/properties.h"

namespace llmembed::text {
namespace {

size_t SpaceAtStart(std::string_view text) {
  size_t position = 0;
  while (position < text.size()) {
    size_t next = position;
    if (!PropertiesOf(base::DecodeUtf8(text, &next)).Is(kWhitespace)) break;
    position = next;
  }
  return position;
}

// Where the whitespace at the text's end begins.
size_t SpaceAtEnd(std::string_view text) {
  size_t end = text.size();
  while (end > 0) {
    size_t begin = end - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80U) --begin;
    size_t position = begin;
    if (!PropertiesOf(base::DecodeUtf8(text, &position)).Is(kWhitespace)) break;
    end = begin;
  }
  return end;
}

}  // namespace

void Prepend::Normalize(std::string_view text, std::string* out) const {
  if (text.empty()) return;
  out->append(prefix_).append(text);
}

Result<std::unique_ptr<Normalizer>> Prepend::FromJson(JsonFields fields) {
  LLMEMBED_ASSIGN_OR_RETURN(std::string prefix, fields.String("prepend"));
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  if (prefix.size() > Prepend::kMaxPrefixBytes) {
    return fields.Unsupported("\"prepend\" has " + std::to_string(prefix.size()) +
                              " bytes, expected at most " +
                              std::to_string(Prepend::kMaxPrefixBytes));
  }
  return std::unique_ptr<Normalizer>(std::make_unique<Prepend>(std::move(prefix)));
}

void Strip::Normalize(std::string_view text, std::string* out) const {
  if (left_) text.remove_prefix(SpaceAtStart(text));
  if (right_) text = text.substr(0, SpaceAtEnd(text));
  out->append(text);
}

Result<std::unique_ptr<Normalizer>> Strip::FromJson(JsonFields fields) {
  LLMEMBED_ASSIGN_OR_RETURN(const bool left, fields.Boolean("strip_left"));
  LLMEMBED_ASSIGN_OR_RETURN(const bool right, fields.Boolean("strip_right"));
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return std::unique_ptr<Normalizer>(std::make_unique<Strip>(left, right));
}

}  // namespace llmembed::text
