// The normalizer Replace: every match of a pattern becomes another string.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/normalizers/normalizer.h"

namespace llmembed::text {

// Matches are sought from the left and do not overlap.
class Replace : public Normalizer {
 public:
  // The regular expressions that files use here: one item, as often as can be, at least `at_least`
  // times. All others are refused when read.
  struct Run {
    std::string character;  // one code point; empty: \s, any whitespace
    size_t at_least = 1;
    bool is_single = false;  // no quantifier: exactly one
  };

  // Precondition: `wanted` is not empty.
  Replace(std::string wanted, std::string content)
      : wanted_(std::move(wanted)), content_(std::move(content)) {}
  Replace(Run run, std::string content) : run_(std::move(run)), content_(std::move(content)) {}

  // From the "normalizer" of a tokenizer.json. kUnsupported: another regular expression.
  static Result<std::unique_ptr<Normalizer>> FromJson(JsonFields fields);

  void Normalize(std::string_view text, std::string* out) const override;
  uint64_t max_growth() const override;

 private:
  void ReplaceString(std::string_view text, std::string* out) const;
  void ReplaceRuns(std::string_view text, std::string* out) const;

  std::string wanted_;
  std::optional<Run> run_;
  std::string content_;
};

}  // namespace llmembed::text
