// BERT's normaliser: cleaning, spaces around Chinese characters, accents, lower case.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/normalizers/normalizer.h"

namespace llmembed::text {

// The steps run in the order of the fields, each over the whole text.
struct BertNormalizerOptions {
  bool clean_text = true;            // removes control characters; all whitespace becomes U+0020
  bool handle_chinese_chars = true;  // puts spaces around ideographs
  bool strip_accents = true;         // NFD without the nonspacing marks
  bool lowercase = true;             // code point by code point: no final sigma
};

// Equal to Hugging Face's BertNormalizer, code point by code point.
class BertNormalizer : public Normalizer {
 public:
  explicit BertNormalizer(const BertNormalizerOptions& options);

  // From the "normalizer" of a tokenizer.json. strip_accents null or absent: as lowercase.
  static Result<std::unique_ptr<Normalizer>> FromJson(JsonFields fields);

  void Normalize(std::string_view text, std::string* out) const override;
  uint64_t max_growth() const override { return 3; }  // a Hangul syllable becomes its three parts

 private:
  class Writer;

  BertNormalizerOptions options_;
  std::array<uint8_t, 128> ascii_;  // what each ASCII character becomes, or kAsciiRemoved
};

}  // namespace llmembed::text
