// Normalizers that look at one code point at a time: Lowercase, StripAccents, Nmt.
#pragma once

#include <memory>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/normalizers/normalizer.h"

namespace llmembed::text {

// Lower case without regard to context (no final sigma).
class Lowercase : public Normalizer {
 public:
  static Result<std::unique_ptr<Normalizer>> FromJson(JsonFields fields);
  void Normalize(std::string_view text, std::string* out) const override;
  uint64_t max_growth() const override { return 2; }  // two bytes become three
};

// Removes combining marks. It does not decompose: NFD or NFKD before it does.
class StripAccents : public Normalizer {
 public:
  static Result<std::unique_ptr<Normalizer>> FromJson(JsonFields fields);
  void Normalize(std::string_view text, std::string* out) const override;
  uint64_t max_growth() const override { return 1; }
};

// SentencePiece's "nmt" rules: removes ASCII control characters, makes odd whitespace a space.
class Nmt : public Normalizer {
 public:
  static Result<std::unique_ptr<Normalizer>> FromJson(JsonFields fields);
  void Normalize(std::string_view text, std::string* out) const override;
  uint64_t max_growth() const override { return 1; }
};

}  // namespace llmembed::text
