// Normalizers of a text's two ends: Prepend and Strip.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/normalizers/normalizer.h"

namespace llmembed::text {

// Puts a string before every text that is not empty.
class Prepend : public Normalizer {
 public:
  static constexpr size_t kMaxPrefixBytes = 256;

  explicit Prepend(std::string prefix) : prefix_(std::move(prefix)) {}
  static Result<std::unique_ptr<Normalizer>> FromJson(JsonFields fields);
  void Normalize(std::string_view text, std::string* out) const override;
  uint64_t max_growth() const override { return 1; }

 private:
  std::string prefix_;
};

// Removes whitespace at the ends.
class Strip : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}
  static Result<std::unique_ptr<Normalizer>> FromJson(JsonFields fields);
  void Normalize(std::string_view text, std::string* out) const override;
  uint64_t max_growth() const override { return 1; }

 private:
  bool left_;
  bool right_;
};

}  // namespace llmembed::text
