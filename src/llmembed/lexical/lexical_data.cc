#include "lexical/lexical_data.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace llmembed::lexical {
namespace {

Status CheckConfig(const LexicalConfig& config) {
  if (config.max_ngram < 1 || config.max_ngram > kMaxNgram) {
    return Status(StatusCode::kUsage, "lexical: expected n-grams of at most 1 to " +
                                          std::to_string(kMaxNgram) + " words, not " +
                                          std::to_string(config.max_ngram));
  }
  if (config.min_documents < 1) {
    return Status(StatusCode::kUsage, "lexical: a term stands in at least 1 text, not 0");
  }
  if (!(config.c >= 1e-10 && config.c <= 1e10)) {
    return Status(StatusCode::kUsage, "lexical: C must lie between 1e-10 and 1e10");
  }
  return Status();
}

}  // namespace

Status CheckLexicalData(const LexicalData& data, const LexicalConfig& config) {
  LLMEMBED_RETURN_IF_ERROR(CheckConfig(config));
  if (data.texts.size() > std::numeric_limits<uint32_t>::max()) {
    return Status(StatusCode::kUnsupported, "more than 4,294,967,295 rows to train on");
  }
  if (data.labels.size() != data.texts.size()) {
    return Status(StatusCode::kInternal, "lexical: " + std::to_string(data.labels.size()) +
                                             " labels for " + std::to_string(data.texts.size()) +
                                             " texts");
  }
  std::vector<bool> seen_row(data.texts.size(), false);
  std::vector<bool> seen_class(data.classes, false);
  for (const uint32_t row : data.rows) {
    if (row >= data.texts.size() || seen_row[row] || data.labels[row] >= data.classes) {
      return Status(StatusCode::kInternal, "lexical: row " + std::to_string(row) +
                                               " is listed twice, does not exist or has no class");
    }
    seen_row[row] = true;
    seen_class[data.labels[row]] = true;
  }
  const auto classes_with_rows = std::count(seen_class.begin(), seen_class.end(), true);
  if (classes_with_rows < 2) {
    return Status(StatusCode::kBadData, "a classifier needs texts of at least two labels, not " +
                                            std::to_string(classes_with_rows));
  }
  return Status();
}

}  // namespace llmembed::lexical
