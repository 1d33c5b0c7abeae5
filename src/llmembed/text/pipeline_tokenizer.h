// A tokenizer made of parts: added tokens, normalizer, pre-tokenizer, model, special tokens.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "llmembed/status.h"
#include "text/added_tokens.h"
#include "text/models/model.h"
#include "text/normalizers/normalizer.h"
#include "text/pre_tokenizers/pre_tokenizer.h"
#include "text/tokenizer.h"

namespace llmembed::text {

// The ids that are put around every text, e.g. [CLS] and [SEP].
struct SpecialTokens {
  std::vector<int32_t> before;
  std::vector<int32_t> behind;

  size_t size() const { return before.size() + behind.size(); }
};

struct TokenizerParts {
  std::unique_ptr<Normalizer> normalizer;       // null: the text as it is
  std::unique_ptr<PreTokenizer> pre_tokenizer;  // null: a text is one word
  std::unique_ptr<Model> model;
  std::vector<AddedToken> added_tokens;
  SpecialTokens special_tokens;
  SpecialText special_text = SpecialText::kParse;
};

class PipelineTokenizer : public Tokenizer {
 public:
  static constexpr uint64_t kMaxTextBytes = 256ULL << 20;
  static constexpr uint64_t kMaxNormalizedBytes = 3 * kMaxTextBytes;

  // kCorrupt: an added token is wrong (AddedTokens::Create), or a special token's id is beyond the
  // vocabulary. kUnsupported: the pre-tokenizer depends on where the text starts, which a
  // normalizer leaves open; the normalizer can make a text very much longer.
  static Result<std::unique_ptr<Tokenizer>> Create(TokenizerParts parts);

  Status Encode(std::string_view text, uint32_t max_tokens, Encoding* out) const override;
  SpecialTokenCounts special_tokens() const override {
    return {static_cast<uint32_t>(parts_.special_tokens.before.size()),
            static_cast<uint32_t>(parts_.special_tokens.behind.size())};
  }
  uint32_t vocabulary_size() const override { return added_.id_limit; }
  std::optional<int32_t> unknown_id() const override { return parts_.model->unknown_id(); }

 private:
  struct Scratch;

  PipelineTokenizer(TokenizerParts parts, AddedTokens added);
  void EncodeWellFormed(std::string_view text, std::vector<int32_t>* ids) const;
  void EncodeBetweenTokens(const Word& text, Scratch* scratch, std::vector<int32_t>* ids) const;

  TokenizerParts parts_;
  AddedTokens added_;
  uint64_t max_text_bytes_;
};

}  // namespace llmembed::text
