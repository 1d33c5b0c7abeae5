#include "text/pipeline_tokenizer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/utf8.h"

namespace llmembed::text {

// Buffers of one Encode, reused from part to part of its text.
struct PipelineTokenizer::Scratch {
  std::string normalized;
  std::vector<TextPart> parts;
  WordList words;
};

namespace {

constexpr uint64_t kGrowthLimit = 1000;

uint64_t MaxGrowth(const TokenizerParts& parts) {
  return parts.normalizer == nullptr ? 1 : parts.normalizer->max_growth();
}

}  // namespace

PipelineTokenizer::PipelineTokenizer(TokenizerParts parts, AddedTokens added)
    : parts_(std::move(parts)),
      added_(std::move(added)),
      max_text_bytes_(std::min(kMaxTextBytes, kMaxNormalizedBytes / MaxGrowth(parts_))) {}

Result<std::unique_ptr<Tokenizer>> PipelineTokenizer::Create(TokenizerParts parts) {
  if (parts.normalizer != nullptr && parts.pre_tokenizer != nullptr &&
      parts.pre_tokenizer->DependsOnStart()) {
    return Status(StatusCode::kUnsupported,
                  "prepend_scheme \"first\" behind a normalizer is not supported");
  }
  if (MaxGrowth(parts) > kGrowthLimit) {
    return Status(StatusCode::kUnsupported,
                  "the normalizer can make a text " + std::to_string(MaxGrowth(parts)) +
                      " times as long, expected at most " + std::to_string(kGrowthLimit));
  }
  LLMEMBED_ASSIGN_OR_RETURN(AddedTokens added,
                            AddedTokens::Create(parts.added_tokens, *parts.model,
                                                parts.normalizer.get(), parts.special_text));
  for (const std::vector<int32_t>* ids :
       {&parts.special_tokens.before, &parts.special_tokens.behind}) {
    for (const int32_t id : *ids) {
      if (id < 0 || static_cast<uint32_t>(id) >= added.id_limit) {
        return Status(StatusCode::kCorrupt, "a special token has the id " + std::to_string(id) +
                                                ", expected one below the vocabulary's size, " +
                                                std::to_string(added.id_limit));
      }
    }
  }
  return std::unique_ptr<Tokenizer>(new PipelineTokenizer(std::move(parts), std::move(added)));
}

Status PipelineTokenizer::Encode(std::string_view text, uint32_t max_tokens, Encoding* out) const {
  const SpecialTokens& special = parts_.special_tokens;
  if (text.size() > max_text_bytes_) {
    return {StatusCode::kBadData, "a text of " + std::to_string(text.size()) +
                                      " bytes, expected at most " +
                                      std::to_string(max_text_bytes_)};
  }
  if (max_tokens != 0 && max_tokens < special.size()) {
    return {StatusCode::kUsage, "at most " + std::to_string(max_tokens) +
                                    " tokens leave no room for the " +
                                    std::to_string(special.size()) + " special tokens"};
  }
  out->ids = special.before;
  if (base::IsValidUtf8(text)) {
    EncodeWellFormed(text, &out->ids);
  } else {
    EncodeWellFormed(base::ReplaceInvalidUtf8(text), &out->ids);
  }
  out->total_tokens = static_cast<uint32_t>(out->ids.size() + special.behind.size());
  if (max_tokens != 0 && out->total_tokens > max_tokens) {
    out->ids.resize(max_tokens - special.behind.size());
  }
  out->ids.insert(out->ids.end(), special.behind.begin(), special.behind.end());
  return {};
}

void PipelineTokenizer::EncodeWellFormed(std::string_view text, std::vector<int32_t>* ids) const {
  Scratch scratch;
  std::vector<TextPart> parts;
  added_.in_text.Split(text, &parts);
  for (const TextPart& part : parts) {
    if (part.token_id != TextPart::kNoToken) {
      ids->push_back(part.token_id);
    } else {
      EncodeBetweenTokens({part.text, part.text.data() == text.data()}, &scratch, ids);
    }
  }
}

void PipelineTokenizer::EncodeBetweenTokens(const Word& word, Scratch* scratch,
                                            std::vector<int32_t>* ids) const {
  std::string_view text = word.text;
  if (parts_.normalizer != nullptr) {
    scratch->normalized.clear();
    parts_.normalizer->Normalize(text, &scratch->normalized);
    text = scratch->normalized;
  }
  scratch->parts.clear();
  added_.in_normalized_text.Split(text, &scratch->parts);
  for (const TextPart& part : scratch->parts) {
    if (part.token_id != TextPart::kNoToken) {
      ids->push_back(part.token_id);
      continue;
    }
    if (parts_.pre_tokenizer == nullptr) {
      parts_.model->Tokenize(part.text, ids);
      continue;
    }
    scratch->words.Clear();
    const bool starts_text = word.starts_text && part.text.data() == text.data();
    parts_.pre_tokenizer->Split({part.text, starts_text}, &scratch->words);
    for (const Word& piece : scratch->words) parts_.model->Tokenize(piece.text, ids);
  }
}

}  // namespace llmembed::text
