// What a lexical model is trained on, and how.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "llmembed/status.h"

namespace llmembed::lexical {

struct LexicalConfig {
  uint32_t max_ngram = 2;      // words of the longest term: 1 to kMaxNgram
  uint32_t min_documents = 2;  // texts that a term must stand in, at least 1
  double c = 10.0;             // inverse strength of the L2 penalty: 1e-10 to 1e10
};

inline constexpr uint32_t kMaxNgram = 8;

// Borrows everything.
struct LexicalData {
  std::span<const std::string_view> texts;  // [N]
  std::span<const uint32_t> labels;         // [N], each below `classes`
  uint32_t classes = 0;                     // C
  std::span<const uint32_t> rows;           // R rows to train on, each once, all less than N
};

// kUsage: a setting out of its range; kBadData: fewer than two classes have rows; kInternal: parts
// that do not fit together; kUnsupported: more rows than 32 bits can number.
Status CheckLexicalData(const LexicalData& data, const LexicalConfig& config);

}  // namespace llmembed::lexical
