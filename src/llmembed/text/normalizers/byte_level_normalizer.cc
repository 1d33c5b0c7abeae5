#include "text/normalizers/byte_level_normalizer.h"

#include "text/byte_alphabet.h"

namespace llmembed::text {

void ByteLevelNormalizer::Normalize(std::string_view text, std::string* out) const {
  const size_t begin = out->size();
  out->resize(begin + ByteAlphabetSize(text));
  WriteByteAlphabet(text, out->data() + begin);
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): all components are made from their own copy
Result<std::unique_ptr<Normalizer>> ByteLevelNormalizer::FromJson(JsonFields fields) {
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return std::unique_ptr<Normalizer>(std::make_unique<ByteLevelNormalizer>());
}

}  // namespace llmembed::text
