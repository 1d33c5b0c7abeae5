// The second step of a tokenizer: cuts a normalised text into words.
#pragma once

#include <string_view>
#include <vector>

namespace llmembed::text {

// Immutable, so safe to use from many threads.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;

  // Appends the words of the text, in order and none of them empty; they are views into it.
  // Precondition: `text` is well-formed UTF-8.
  virtual void Split(std::string_view text, std::vector<std::string_view>* words) const = 0;
};

}  // namespace llmembed::text
