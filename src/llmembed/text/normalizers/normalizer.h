// The first step of a tokenizer: rewrites a text, e.g. to lower case.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace llmembed::text {

// Immutable, so safe to use from many threads.
class Normalizer {
 public:
  virtual ~Normalizer() = default;

  // Appends the normalised text to *out. Precondition: `text` is well-formed UTF-8 and does not lie
  // in *out. What is appended is well-formed too.
  virtual void Normalize(std::string_view text, std::string* out) const = 0;

  // How many times as long as a long text its normal form can be, in bytes.
  virtual uint64_t max_growth() const = 0;
};

}  // namespace llmembed::text
