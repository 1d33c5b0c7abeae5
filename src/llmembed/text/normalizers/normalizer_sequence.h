// Several normalizers, each over what the one before has made.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/normalizers/normalizer.h"

namespace llmembed::text {

class NormalizerSequence : public Normalizer {
 public:
  explicit NormalizerSequence(std::vector<std::unique_ptr<Normalizer>> steps)
      : steps_(std::move(steps)) {}

  // From the "normalizer" of a tokenizer.json.
  static Result<std::unique_ptr<Normalizer>> FromJson(JsonFields fields);

  void Normalize(std::string_view text, std::string* out) const override;
  uint64_t max_growth() const override;

 private:
  std::vector<std::unique_ptr<Normalizer>> steps_;
};

}  // namespace llmembed::text
