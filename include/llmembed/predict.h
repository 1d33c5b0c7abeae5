// Labels and probabilities for new texts, from a bundle.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llmembed/data.h"
#include "llmembed/embed.h"
#include "llmembed/export.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed {

struct Prediction {
  std::string_view label;            // lives as long as the Predictor
  float probability = 0.0F;          // of that label
  std::vector<float> probabilities;  // [C], in the order of Predictor::labels()
  // Of the backbone that cut most of the text, the first where none did:
  uint32_t tokens = 0;       // the text's own length, special tokens included
  uint32_t used_tokens = 0;  // what was read of them
  uint32_t cut_tokens = 0;   // what was left out: tokens - used_tokens
};

struct PredictorOptions {
  bool verify = false;  // hash the backbone's files again instead of trusting a remembered check
};

// A bundle ready to predict. Predict may be called from one thread at a time.
class LLMEMBED_EXPORT Predictor {
 public:
  static Result<Predictor> Open(const std::string& bundle, const PredictorOptions& options,
                                const RunContext& context);
  Predictor(Predictor&&) noexcept;
  Predictor& operator=(Predictor&&) noexcept;
  ~Predictor();

  const std::vector<std::string>& labels() const;  // [C]

  // One prediction a text, in order.
  Result<std::vector<Prediction>> Predict(std::span<const std::string> texts);

  // Streams a file; `row` gets each prediction with the text it belongs to, in input order.
  Result<ExtractionReport> PredictFile(
      const DataSource& data,
      const std::function<Status(std::string_view text, const Prediction& prediction)>& row);

 private:
  struct LLMEMBED_HIDDEN Impl;
  LLMEMBED_HIDDEN explicit Predictor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace llmembed
