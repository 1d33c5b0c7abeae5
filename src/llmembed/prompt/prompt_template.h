// The words around a text that ask a language model for its label.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llmembed/status.h"

namespace llmembed::prompt {

// A text with its label, shown to the model as an example.
struct Demonstration {
  std::string_view text;
  std::string_view words;  // of its label
};

// Written as "HEAD{examples}FORM". FORM holds {text} and behind it {label}, once each: every
// demonstration is FORM with both filled in, and the text in question is FORM up to its label. HEAD
// stands before the demonstrations, once; {labels} in it becomes the words of all labels, with
// commas. Without {examples} there is no head. \n, \t and \\ are a line break, a tab and a
// backslash; other braces stand for themselves. Nothing in a text is taken for a place.
//
// Blanks before {label} belong to the label's words, as tokenizers have them. Immutable.
class PromptTemplate {
 public:
  // kUsage: a place is missing, stands twice or in the wrong order.
  static Result<PromptTemplate> Parse(std::string_view text);

  // HEAD alone.
  std::string Head(std::span<const std::string> words) const;

  // What stands before the text in question: HEAD, the demonstrations, FORM up to {text}.
  std::string Opening(std::span<const std::string> words,
                      std::span<const Demonstration> demonstrations) const;

  // What stands between the text and its label.
  const std::string& closing() const { return closing_; }

  // A label as it follows: the blanks before it and its words.
  std::string Continuation(std::string_view words) const { return blanks_ + std::string(words); }

 private:
  PromptTemplate() = default;

  std::string head_;
  std::string before_text_, closing_, blanks_, behind_label_;
};

}  // namespace llmembed::prompt
