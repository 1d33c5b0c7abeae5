// Every byte of the text as a character of GPT-2's alphabet.
#pragma once

#include <memory>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/normalizers/normalizer.h"

namespace llmembed::text {

// Equal to Hugging Face's normalizer ByteLevel.
class ByteLevelNormalizer : public Normalizer {
 public:
  // From the "normalizer" of a tokenizer.json.
  static Result<std::unique_ptr<Normalizer>> FromJson(JsonFields fields);

  void Normalize(std::string_view text, std::string* out) const override;
  uint64_t max_growth() const override { return 2; }
};

}  // namespace llmembed::text
