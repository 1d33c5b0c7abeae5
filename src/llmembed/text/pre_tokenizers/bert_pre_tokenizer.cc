#include "text/pre_tokenizers/bert_pre_tokenizer.h"

#include <array>
#include <cstdint>

#include "base/utf8.h"
#include "text/unicode/properties.h"

namespace llmembed::text {
namespace {

constexpr int kSeparators = kWhitespace | kPunctuation;

// The properties of the ASCII characters, without the two-stage table's three loads.
std::array<uint8_t, 128> AsciiFlags() {
  std::array<uint8_t, 128> flags{};
  for (char32_t code = 0; code < flags.size(); ++code) flags[code] = PropertiesOf(code).flags;
  return flags;
}

}  // namespace

void BertPreTokenizer::Split(const Word& word, WordList* words) const {
  const std::string_view text = word.text;
  static const std::array<uint8_t, 128> ascii_flags = AsciiFlags();
  size_t word_begin = 0;
  for (size_t position = 0; position < text.size();) {
    const size_t begin = position;
    const auto byte = static_cast<uint8_t>(text[position]);
    uint8_t flags = 0;
    if (byte < ascii_flags.size()) {
      flags = ascii_flags[byte];
      ++position;
    } else {
      flags = PropertiesOf(base::DecodeUtf8(text, &position)).flags;
    }
    if ((flags & kSeparators) == 0) continue;
    if (word_begin < begin) words->Add(word.Part(word_begin, begin));
    if ((flags & kPunctuation) != 0) words->Add(word.Part(begin, position));
    word_begin = position;
  }
  if (word_begin < text.size()) words->Add(word.Part(word_begin, text.size()));
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): all components are made from their own copy
Result<std::unique_ptr<PreTokenizer>> BertPreTokenizer::FromJson(JsonFields fields) {
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return std::unique_ptr<PreTokenizer>(std::make_unique<BertPreTokenizer>());
}

}  // namespace llmembed::text
