// The normalizer Precompiled: SentencePiece's rules from its character map, cluster by cluster.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/normalizers/character_map.h"
#include "text/normalizers/normalizer.h"

namespace llmembed::text {

// Equal to Hugging Face's Precompiled: the map is asked for each short grapheme cluster, and the
// shortest rule at its start replaces it whole; else for each of its code points.
class Precompiled : public Normalizer {
 public:
  explicit Precompiled(CharacterMap map);

  // From the "normalizer" of a tokenizer.json, which holds the map in base64.
  static Result<std::unique_ptr<Normalizer>> FromJson(JsonFields fields);

  void Normalize(std::string_view text, std::string* out) const override;
  uint64_t max_growth() const override { return max_growth_; }

 private:
  CharacterMap map_;
  uint64_t max_growth_;
  std::array<std::string, 128> ascii_;  // what becomes of each ASCII character alone
};

}  // namespace llmembed::text
