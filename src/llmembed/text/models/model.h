// The third step of a tokenizer: turns each word into the ids of its pieces.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace llmembed::text {

// Immutable, so safe to use from many threads.
class Model {
 public:
  virtual ~Model() = default;

  // Appends the ids of one word. Precondition: `word` is not empty and well-formed UTF-8.
  virtual void Tokenize(std::string_view word, std::vector<int32_t>* ids) const = 0;

  virtual std::optional<int32_t> IdOf(std::string_view piece) const = 0;

  // What stands for what it does not know; none: that is left out.
  virtual std::optional<int32_t> unknown_id() const = 0;

  // How many pieces there are, and one more than the largest id: equal unless ids leave gaps.
  virtual uint32_t piece_count() const = 0;
  virtual uint32_t id_limit() const = 0;
};

}  // namespace llmembed::text
