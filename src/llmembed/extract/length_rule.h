// What is read of a text that is longer than its backbone reads at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "llmembed/embed.h"
#include "llmembed/status.h"
#include "text/tokenizer.h"

namespace llmembed::extract {

// How long a text is and how much of it was read, in tokens, special ones included.
struct TextLength {
  uint32_t tokens = 0;  // of the whole text
  uint32_t used = 0;    // of those, what was read; the others were cut
  uint32_t read = 0;    // what the backbone goes through: each chunk has special tokens of its own
};

// A text's ids as its backbone gets them: one piece, or several chunks.
struct TextPieces {
  std::vector<int32_t> ids;           // of all pieces, end to end
  std::vector<uint32_t> starts = {};  // [pieces + 1] into ids; empty: too long, nothing is read
  TextLength length;

  size_t size() const { return starts.empty() ? 0 : starts.size() - 1; }
  std::span<const int32_t> operator[](size_t piece) const {
    return std::span(ids).subspan(starts[piece], starts[piece + 1] - starts[piece]);
  }
};

// With room = max_tokens less the special tokens, a text of more than room tokens of its own is
// read so:
//   kHead       its first room tokens
//   kHeadTail   its first ceil(room / 2) and its last floor(room / 2) tokens, end to end
//   kChunkMean  in chunks of room consecutive tokens, the last one of what is left
//   kError      not at all
// Every piece has the special tokens around it that a whole text has.
class LengthRule {
 public:
  // kUsage: max_tokens has no room for the special tokens; kChunkMean needs one more.
  static Result<LengthRule> Create(uint32_t max_tokens, OnLongText on_long_text,
                                   text::SpecialTokenCounts special);

  uint32_t max_tokens() const { return max_tokens_; }
  OnLongText on_long_text() const { return on_long_text_; }

  // Encodes a text and applies the rule; `scratch` is anybody's. Errors: as Tokenizer::Encode;
  // kBadData for a text that has no token at all. Thread-safe.
  Result<TextPieces> Read(const text::Tokenizer& tokenizer, std::string_view text,
                          text::Encoding* scratch) const;

 private:
  LengthRule(uint32_t max_tokens, OnLongText on_long_text, text::SpecialTokenCounts special)
      : max_tokens_(max_tokens), on_long_text_(on_long_text), special_(special) {}
  uint32_t room() const { return max_tokens_ - special_.total(); }
  void AddPiece(std::span<const int32_t> whole, std::span<const int32_t> head,
                std::span<const int32_t> tail, TextPieces* pieces) const;

  uint32_t max_tokens_;
  OnLongText on_long_text_;
  text::SpecialTokenCounts special_;
};

}  // namespace llmembed::extract
