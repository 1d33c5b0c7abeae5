// Prompts and labels as tokens.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llmembed/status.h"
#include "prompt/prompt_template.h"
#include "text/tokenizer.h"

namespace llmembed::prompt {

struct EncodedPrompt {
  std::vector<int32_t> ids;
  bool is_cut = false;
};

// Immutable; thread-safe.
class PromptEncoder {
 public:
  // `words`: of the labels. max_tokens: of a prompt with any label behind it, all but the last
  // token of which are read. The tokenizer must outlive the encoder. kUsage: a label without
  // tokens, or whose tokens cannot be told from those before it; no room.
  static Result<PromptEncoder> Create(const text::Tokenizer& tokenizer,
                                      const PromptTemplate& prompt_template,
                                      std::span<const std::string> words, size_t max_tokens);

  // [labels]: what follows a prompt.
  const std::vector<std::vector<int32_t>>& labels() const { return labels_; }

  // The opening, the text and the template's closing, with the tokens that stand before every text.
  // What does not fit is cut from the text's end. kUsage: the opening alone leaves no room for it.
  Result<EncodedPrompt> Encode(const std::string& opening, std::string_view text,
                               text::Encoding* scratch) const;

  // What prompts with this opening begin with, but perhaps for the last tokens.
  Result<std::vector<int32_t>> EncodeOpening(const std::string& opening) const;

 private:
  explicit PromptEncoder(const text::Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}
  Status EncodeOpen(std::string_view text, text::Encoding* out) const;

  const text::Tokenizer* tokenizer_;
  std::string closing_;
  std::vector<std::vector<int32_t>> labels_;
  size_t room_ = 0;            // for a prompt
  size_t closing_tokens_ = 0;  // without those that stand before every text
};

}  // namespace llmembed::prompt
