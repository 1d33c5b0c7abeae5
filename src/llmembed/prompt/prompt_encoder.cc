#include "prompt/prompt_encoder.h"

#include <algorithm>

#include "base/quoted.h"

namespace llmembed::prompt {

// A text that goes on: without the tokens that stand behind every text.
Status PromptEncoder::EncodeOpen(std::string_view text, text::Encoding* out) const {
  LLMEMBED_RETURN_IF_ERROR(tokenizer_->Encode(text, 0, out));
  out->ids.resize(out->ids.size() - tokenizer_->special_tokens().behind);
  return {};
}

Result<PromptEncoder> PromptEncoder::Create(const text::Tokenizer& tokenizer,
                                            const PromptTemplate& prompt_template,
                                            std::span<const std::string> words, size_t max_tokens) {
  PromptEncoder encoder(tokenizer);
  encoder.closing_ = prompt_template.closing();
  text::Encoding before;
  text::Encoding whole;
  LLMEMBED_RETURN_IF_ERROR(encoder.EncodeOpen(encoder.closing_, &before));
  size_t longest = 0;
  for (const std::string& label : words) {
    LLMEMBED_RETURN_IF_ERROR(
        encoder.EncodeOpen(encoder.closing_ + prompt_template.Continuation(label), &whole));
    const bool begins_alike = whole.ids.size() >= before.ids.size() &&
                              std::equal(before.ids.begin(), before.ids.end(), whole.ids.begin());
    if (!begins_alike || whole.ids.size() == before.ids.size()) {
      return Status(StatusCode::kUsage, "the label words " + base::Quoted(label) +
                                            " have no tokens of their own behind " +
                                            base::Quoted(encoder.closing_) +
                                            " of the template; expected a blank or a line break "
                                            "before {label}");
    }
    const auto first = whole.ids.begin() + static_cast<ptrdiff_t>(before.ids.size());
    encoder.labels_.emplace_back(first, whole.ids.end());
    longest = std::max(longest, encoder.labels_.back().size());
  }
  encoder.closing_tokens_ = before.ids.size() - tokenizer.special_tokens().before;
  const size_t least = before.ids.size() + longest;  // a token of the text, no label's last one
  if (max_tokens < least) {
    return Status(StatusCode::kUsage, "at most " + std::to_string(max_tokens) +
                                          " tokens leave no room for a prompt, expected at least " +
                                          std::to_string(least));
  }
  encoder.room_ = max_tokens - (longest - 1);
  return encoder;
}

Result<std::vector<int32_t>> PromptEncoder::EncodeOpening(const std::string& opening) const {
  text::Encoding encoding;
  LLMEMBED_RETURN_IF_ERROR(EncodeOpen(opening, &encoding));
  if (encoding.ids.size() + closing_tokens_ >= room_) {
    return Status(StatusCode::kUsage,
                  "demonstrations and template have " +
                      std::to_string(encoding.ids.size() + closing_tokens_) +
                      " tokens, which leaves no room for a text in a prompt of at most " +
                      std::to_string(room_) + "; take fewer or shorter demonstrations");
  }
  return std::move(encoding.ids);
}

Result<EncodedPrompt> PromptEncoder::Encode(const std::string& opening, std::string_view text,
                                            text::Encoding* scratch) const {
  LLMEMBED_RETURN_IF_ERROR(EncodeOpen(opening + std::string(text) + closing_, scratch));
  EncodedPrompt prompt;
  if (scratch->ids.empty()) return Status(StatusCode::kUsage, "a prompt without any token");
  prompt.is_cut = scratch->ids.size() > room_;
  if (prompt.is_cut) {
    LLMEMBED_RETURN_IF_ERROR(EncodeOpening(opening).status());
    const auto kept = scratch->ids.begin() + static_cast<ptrdiff_t>(room_ - closing_tokens_);
    scratch->ids.erase(kept, scratch->ids.end() - static_cast<ptrdiff_t>(closing_tokens_));
  }
  prompt.ids = scratch->ids;
  return prompt;
}

}  // namespace llmembed::prompt
