#include "text/loading/gguf_word_piece.h"

#include <algorithm>
#include <initializer_list>
#include <utility>
#include <vector>

#include "text/loading/gguf_pieces.h"
#include "text/models/word_piece.h"
#include "text/normalizers/bert_normalizer.h"
#include "text/pre_tokenizers/bert_pre_tokenizer.h"

namespace llmembed::text {
namespace {

constexpr std::string_view kWordStart = "\u2581";
constexpr std::string_view kContinuing = "##";

bool IsVerbatim(std::string_view text, GgufTokenType type) {
  return type == GgufTokenType::kControl || type == GgufTokenType::kUnknown ||
         type == GgufTokenType::kUserDefined || (text.starts_with('[') && text.ends_with(']'));
}

std::string PieceOf(std::string_view text, GgufTokenType type) {
  if (IsVerbatim(text, type)) return std::string(text);
  if (text.starts_with(kWordStart)) return std::string(text.substr(kWordStart.size()));
  return std::string(kContinuing).append(text);
}

bool HasCapitals(const GgufPieces& pieces) {
  const auto is_capital = [](char byte) { return byte >= 'A' && byte <= 'Z'; };
  for (size_t id = 0; id < pieces.texts.size(); ++id) {
    const std::string_view text = pieces.texts[id];
    if (IsVerbatim(text, pieces.types[id])) continue;
    if (std::any_of(text.begin(), text.end(), is_capital)) return true;
  }
  return false;
}

Result<bool> FlagOr(bool otherwise, const gguf::Metadata& metadata, const char* key) {
  return metadata.Has(key) ? metadata.Bool(key) : otherwise;
}

// The token that the first key there is names; without one the token of that text.
Result<size_t> FindToken(const gguf::Metadata& metadata, const GgufPieces& pieces,
                         std::initializer_list<const char*> keys, std::string_view text) {
  for (const char* key : keys) {
    if (!metadata.Has(key)) continue;
    LLMEMBED_ASSIGN_OR_RETURN(const uint64_t id, metadata.Uint(key));
    if (id < pieces.texts.size()) return static_cast<size_t>(id);
    return Status(StatusCode::kCorrupt,
                  std::string(key) + " is " + std::to_string(id) + ", no token's id");
  }
  const auto found = std::find(pieces.texts.begin(), pieces.texts.end(), text);
  if (found != pieces.texts.end()) return static_cast<size_t>(found - pieces.texts.begin());
  return Status(StatusCode::kCorrupt, "the tokens have no " + std::string(text));
}

Result<std::unique_ptr<Model>> ReadModel(const gguf::Metadata& metadata, const GgufPieces& pieces) {
  std::vector<std::string> texts;
  texts.reserve(pieces.texts.size());
  for (size_t id = 0; id < pieces.texts.size(); ++id) {
    texts.push_back(PieceOf(pieces.texts[id], pieces.types[id]));
  }
  std::vector<VocabularyPiece> vocabulary;
  for (size_t id = 0; id < texts.size(); ++id) {
    if (!texts[id].empty()) vocabulary.push_back({texts[id], static_cast<int64_t>(id)});
  }
  LLMEMBED_ASSIGN_OR_RETURN(
      const size_t unknown,
      FindToken(metadata, pieces, {"tokenizer.ggml.unknown_token_id"}, "[UNK]"));
  LLMEMBED_ASSIGN_OR_RETURN(Vocabulary created,
                            Vocabulary::Create(vocabulary, "tokenizer.ggml.tokens"));
  WordPieceOptions options;
  options.unknown_token = texts[unknown];
  options.continuing_prefix = kContinuing;
  return WordPiece::Create(std::move(created), options);
}

// What Hugging Face's BERT always adds, where the file gives the tokens no types.
std::vector<AddedToken> AddedTokensByName(const Model& model) {
  std::vector<AddedToken> tokens;
  for (const char* text : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}) {
    if (!model.IdOf(text)) continue;
    AddedToken& token = tokens.emplace_back();
    token.content = text;
    token.is_special = true;
  }
  return tokens;
}

}  // namespace

Result<TokenizerParts> ReadGgufWordPiece(const gguf::Metadata& metadata) {
  LLMEMBED_ASSIGN_OR_RETURN(const GgufPieces pieces, ReadGgufPieces(metadata));
  TokenizerParts parts;
  BertNormalizerOptions normalizer;
  LLMEMBED_ASSIGN_OR_RETURN(normalizer.lowercase, FlagOr(!HasCapitals(pieces), metadata,
                                                         "tokenizer.ggml.normalizer.lowercase"));
  LLMEMBED_ASSIGN_OR_RETURN(
      normalizer.strip_accents,
      FlagOr(normalizer.lowercase, metadata, "tokenizer.ggml.normalizer.strip_accents"));
  parts.normalizer = std::make_unique<BertNormalizer>(normalizer);
  parts.pre_tokenizer = std::make_unique<BertPreTokenizer>();
  LLMEMBED_ASSIGN_OR_RETURN(parts.model, ReadModel(metadata, pieces));
  LLMEMBED_ASSIGN_OR_RETURN(
      const size_t classifier,
      FindToken(metadata, pieces, {"tokenizer.ggml.cls_token_id", "tokenizer.ggml.bos_token_id"},
                "[CLS]"));
  LLMEMBED_ASSIGN_OR_RETURN(  // the format spells it so
      const size_t separator,
      FindToken(metadata, pieces,
                {"tokenizer.ggml.seperator_token_id", "tokenizer.ggml.eos_token_id"}, "[SEP]"));
  parts.special_tokens.before = {static_cast<int32_t>(classifier)};
  parts.special_tokens.behind = {static_cast<int32_t>(separator)};
  parts.added_tokens = AddedTokensOf(pieces);
  if (parts.added_tokens.empty()) parts.added_tokens = AddedTokensByName(*parts.model);
  return parts;
}

}  // namespace llmembed::text
