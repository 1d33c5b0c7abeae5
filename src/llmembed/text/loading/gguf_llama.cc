#include "text/loading/gguf_llama.h"

#include <memory>
#include <utility>
#include <vector>

#include "text/loading/gguf_pieces.h"
#include "text/loading/sentence_piece_merges.h"
#include "text/normalizers/edge_normalizers.h"
#include "text/normalizers/normalizer_sequence.h"
#include "text/normalizers/replace.h"

namespace llmembed::text {
namespace {

using gguf::Metadata;

constexpr const char* kVisibleSpace = "\u2581";
constexpr const char* kScores = "tokenizer.ggml.scores";

Result<bool> BooleanOr(bool otherwise, const Metadata& metadata, const char* key) {
  if (!metadata.Has(key)) return otherwise;
  return metadata.Bool(key);
}

Result<std::vector<ScoredPiece>> ReadScoredPieces(const Metadata& metadata,
                                                  const GgufPieces& pieces) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::vector<float> scores, metadata.FloatArray(kScores));
  if (scores.size() != pieces.texts.size()) {
    return Status(StatusCode::kCorrupt, std::string(kScores) + " has " +
                                            std::to_string(scores.size()) + " values for the " +
                                            std::to_string(pieces.texts.size()) + " tokens");
  }
  std::vector<ScoredPiece> scored;
  scored.reserve(scores.size());
  for (const float score : scores) scored.push_back({pieces.texts[scored.size()], score});
  return scored;
}

Result<uint64_t> ReadUnknownId(const Metadata& metadata, const GgufPieces& pieces) {
  constexpr const char* kKey = "tokenizer.ggml.unknown_token_id";
  uint64_t id = 0;
  if (metadata.Has(kKey)) {
    LLMEMBED_ASSIGN_OR_RETURN(id, metadata.Uint(kKey));
  }
  if (id >= pieces.texts.size()) {
    return Status(StatusCode::kCorrupt, std::string(kKey) + " is " + std::to_string(id) +
                                            ", expected one below the number of tokens, " +
                                            std::to_string(pieces.texts.size()));
  }
  return id;
}

Status RefuseNormalization(const Metadata& metadata) {
  LLMEMBED_ASSIGN_OR_RETURN(const bool removes_spaces,
                            BooleanOr(false, metadata, "tokenizer.ggml.remove_extra_whitespaces"));
  if (!removes_spaces && !metadata.Has("tokenizer.ggml.precompiled_charsmap")) return {};
  return {StatusCode::kUnsupported, "a tokenizer \"llama\" that normalises texts"};
}

}  // namespace

Result<TokenizerParts> ReadGgufLlama(const Metadata& metadata) {
  LLMEMBED_RETURN_IF_ERROR(RefuseNormalization(metadata));
  LLMEMBED_ASSIGN_OR_RETURN(GgufPieces pieces, ReadGgufPieces(metadata));
  LLMEMBED_ASSIGN_OR_RETURN(const auto scored, ReadScoredPieces(metadata, pieces));
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t unknown_id, ReadUnknownId(metadata, pieces));
  TokenizerParts parts;
  LLMEMBED_ASSIGN_OR_RETURN(parts.model,
                            MakeBpeByScore(scored, pieces.texts[unknown_id], "tokenizer.ggml"));

  LLMEMBED_ASSIGN_OR_RETURN(const bool adds_space,
                            BooleanOr(true, metadata, "tokenizer.ggml.add_space_prefix"));
  std::vector<std::unique_ptr<Normalizer>> steps;
  if (adds_space) steps.push_back(std::make_unique<Prepend>(kVisibleSpace));
  steps.push_back(std::make_unique<Replace>(" ", kVisibleSpace));
  parts.normalizer = std::make_unique<NormalizerSequence>(std::move(steps));

  // A text may spell the unknown token as well.
  pieces.types[unknown_id] = GgufTokenType::kControl;
  parts.added_tokens = AddedTokensOf(pieces);
  LLMEMBED_ASSIGN_OR_RETURN(parts.special_tokens, ReadEdgeTokens(metadata, {.adds_bos = true}));
  return parts;
}

}  // namespace llmembed::text
