// Tokens beside a model's vocabulary: a text is split at them before the model sees it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "llmembed/status.h"
#include "text/models/model.h"
#include "text/normalizers/normalizer.h"
#include "text/tokenizer.h"
#include "text/trie.h"

namespace llmembed::text {

// As in "added_tokens" of a tokenizer.json.
struct AddedToken {
  std::string content;
  uint64_t id = 0;  // what the file says; AddedTokens::Create gives each token its true one
  bool is_special = false;
  bool single_word = false;  // does not match beside a word character
  bool lstrip = false;       // takes the whitespace before it along
  bool rstrip = false;       // takes the whitespace behind it along
  bool normalized = false;   // its normalised form is sought in the normalised text
};

// A part of a text: a token found in it, or what stands between tokens.
struct TextPart {
  static constexpr int32_t kNoToken = -1;
  int32_t token_id;
  std::string_view text;  // without meaning for a token
};

// Finds a set of tokens, the leftmost first and of several the longest, as Hugging Face does.
// Immutable, so safe to use from many threads.
class AddedTokenMatcher {
 public:
  struct Pattern {
    std::string text;  // not empty
    AddedToken token;
  };

  // Of patterns with the same text the first one counts.
  explicit AddedTokenMatcher(std::vector<Pattern> patterns,
                             SpecialText special_text = SpecialText::kParse);

  // Appends the parts of the text, in order. Linear in the text for one set of tokens.
  // Precondition: `text` is well-formed UTF-8.
  void Split(std::string_view text, std::vector<TextPart>* parts) const;

 private:
  std::vector<Pattern> patterns_;
  SpecialText special_text_;
  Trie trie_;  // text -> index in patterns_
};

// The added tokens of one tokenizer: those sought in the text as it is, and in the normalised one.
struct AddedTokens {
  static constexpr size_t kMaxTokens = 100'000;
  static constexpr size_t kMaxContentBytes = 256;

  // `tokens` in the file's order. As in Hugging Face, the ids that files give them do not count: a
  // token has the model's id where the model knows it; else the first one gets the number of the
  // model's pieces, which is another piece's id where the model's ids leave gaps, and each further
  // one the next. kCorrupt: a token is empty, too long or stands twice.
  // kUnsupported: one normalises to nothing, or starts with whitespace where another one has
  // rstrip. A null normalizer leaves the text as it is.
  static Result<AddedTokens> Create(const std::vector<AddedToken>& tokens, const Model& model,
                                    const Normalizer* normalizer,
                                    SpecialText special_text = SpecialText::kParse);

  AddedTokenMatcher in_text;
  AddedTokenMatcher in_normalized_text;
  uint32_t id_limit;  // one more than the largest id, the model's included
};

}  // namespace llmembed::text
