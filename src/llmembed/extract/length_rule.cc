#include "extract/length_rule.h"

#include <algorithm>
#include <string>

namespace llmembed::extract {

Result<LengthRule> LengthRule::Create(uint32_t max_tokens, OnLongText on_long_text,
                                      text::SpecialTokenCounts special) {
  const bool needs_own_token = on_long_text == OnLongText::kChunkMean;
  if (max_tokens < special.total() + (needs_own_token ? 1 : 0)) {
    return Status(StatusCode::kUsage,
                  "at most " + std::to_string(max_tokens) + " tokens leave no room for the " +
                      std::to_string(special.total()) + " special tokens of a text" +
                      (needs_own_token ? " and a token of its own" : ""));
  }
  return LengthRule(max_tokens, on_long_text, special);
}

void LengthRule::AddPiece(std::span<const int32_t> whole, std::span<const int32_t> head,
                          std::span<const int32_t> tail, TextPieces* pieces) const {
  const auto append = [pieces](std::span<const int32_t> ids) {
    pieces->ids.insert(pieces->ids.end(), ids.begin(), ids.end());
  };
  append(whole.first(special_.before));
  append(head);
  append(tail);
  append(whole.last(special_.behind));
  pieces->starts.push_back(static_cast<uint32_t>(pieces->ids.size()));
}

Result<TextPieces> LengthRule::Read(const text::Tokenizer& tokenizer, std::string_view text,
                                    text::Encoding* scratch) const {
  // The tokenizer itself cuts to a text's head; the other rules need to see all of it.
  const bool is_head = on_long_text_ == OnLongText::kHead;
  LLMEMBED_RETURN_IF_ERROR(tokenizer.Encode(text, is_head ? max_tokens_ : 0, scratch));
  const std::span<const int32_t> whole(scratch->ids);
  if (whole.empty()) {
    return Status(StatusCode::kBadData, "a text without any token, not even a special one");
  }
  const auto own = whole.subspan(special_.before, whole.size() - special_.total());
  const uint32_t total = scratch->total_tokens;
  TextPieces pieces;
  pieces.length.tokens = total;
  pieces.length.used = std::min(total, max_tokens_);
  pieces.starts.push_back(0);
  if (is_head || total <= max_tokens_) {
    AddPiece(whole, own, {}, &pieces);
  } else if (on_long_text_ == OnLongText::kHeadTail) {
    AddPiece(whole, own.first(room() - room() / 2), own.last(room() / 2), &pieces);
  } else if (on_long_text_ == OnLongText::kChunkMean) {
    for (size_t begin = 0; begin < own.size(); begin += room()) {
      const size_t size = std::min<size_t>(room(), own.size() - begin);
      AddPiece(whole, own.subspan(begin, size), {}, &pieces);
    }
    pieces.length.used = total;
  } else {
    pieces.starts.clear();
    pieces.length.used = 0;
  }
  pieces.length.read = static_cast<uint32_t>(pieces.ids.size());
  return pieces;
}

}  // namespace llmembed::extract
