// From a text to the token ids that a backbone was trained with.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llmembed/embed.h"
#include "llmembed/status.h"

namespace llmembed::text {

struct Encoding {
  std::vector<int32_t> ids;   // special tokens included
  uint32_t total_tokens = 0;  // the length before the cut, special tokens included
};

// How many ids Encode puts before and behind every text's own, e.g. 1 and 1 for [CLS] and [SEP].
struct SpecialTokenCounts {
  uint32_t before = 0;
  uint32_t behind = 0;

  uint32_t total() const { return before + behind; }
};

// Immutable once loaded: Encode may be called from many threads.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // Replaces *out. Ill-formed UTF-8 reads as U+FFFD, as base::ReplaceInvalidUtf8 writes it.
  // max_tokens 0: never cut. Otherwise the special tokens and the head of the text are kept, as
  // Hugging Face does with truncation "longest_first" on the right side.
  // kUsage: max_tokens has no room for the special tokens. kBadData: the text is over 256 MiB, or
  // could be over 768 MiB once normalised.
  virtual Status Encode(std::string_view text, uint32_t max_tokens, Encoding* out) const = 0;

  virtual SpecialTokenCounts special_tokens() const = 0;

  // One more than the largest id that Encode can give.
  virtual uint32_t vocabulary_size() const = 0;

  // The id of what the vocabulary does not know; none: that is left out of a text.
  virtual std::optional<int32_t> unknown_id() const = 0;
};

struct TokenizerOptions {
  SpecialText special_text = SpecialText::kParse;
};

// Reads the tokenizer of a model folder in Hugging Face's layout: tokenizer.json, or where that is
// absent vocab.txt, vocab.json with merges.txt or a SentencePiece model, beside them
// tokenizer_config.json and special_tokens_map.json (loading/loaders.h says how each is read).
// Whatever padding and truncation those files ask for, the tokenizer never pads, and cuts at
// max_tokens alone.
// kNotFound: no such file. kCorrupt: damaged or hostile. kUnsupported: a part we do not do, named.
Result<std::unique_ptr<Tokenizer>> LoadTokenizer(const std::string& model_folder,
                                                 const TokenizerOptions& options = {});

// The files of the folder that decide the ids, in a fixed order: what a hash of the tokenizer has
// to cover. Empty when there is no tokenizer.
std::vector<std::string> TokenizerFiles(const std::string& model_folder);

}  // namespace llmembed::text
