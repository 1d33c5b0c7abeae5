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

  // Ids are [0, vocabulary_size()).
  virtual uint32_t vocabulary_size() const = 0;
};

}  // namespace llmembed::text
