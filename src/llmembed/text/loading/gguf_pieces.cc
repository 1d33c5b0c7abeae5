#include "text/loading/gguf_pieces.h"

#include <algorithm>
#include <string>

#include "base/utf8.h"
#include "text/models/vocabulary.h"

namespace llmembed::text {
namespace {

constexpr const char* kTokens = "tokenizer.ggml.tokens";
constexpr const char* kTypes = "tokenizer.ggml.token_type";

Status Corrupt(const std::string& what) { return {StatusCode::kCorrupt, what}; }

// The token of `id_key`, if `flag_key`, or where that is absent `otherwise`, asks for it.
Status AddEdge(const gguf::Metadata& metadata, const char* flag_key, const char* id_key,
               bool otherwise, std::vector<int32_t>* ids) {
  bool adds = otherwise;
  if (metadata.Has(flag_key)) {
    LLMEMBED_ASSIGN_OR_RETURN(adds, metadata.Bool(flag_key));
  }
  if (!adds) return {};
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t id, metadata.Uint(id_key));
  if (id > static_cast<uint64_t>(Vocabulary::kMaxId)) {
    return Corrupt(std::string(id_key) + " is " + std::to_string(id) + ", no token's id");
  }
  ids->push_back(static_cast<int32_t>(id));  // the tokenizer checks it against its vocabulary
  return {};
}

}  // namespace

Result<GgufPieces> ReadGgufPieces(const gguf::Metadata& metadata) {
  GgufPieces pieces;
  LLMEMBED_ASSIGN_OR_RETURN(pieces.texts, metadata.StringArray(kTokens));
  if (pieces.texts.empty()) return Corrupt(std::string(kTokens) + " is empty");
  for (size_t id = 0; id < pieces.texts.size(); ++id) {
    if (!base::IsValidUtf8(pieces.texts[id])) {
      return Corrupt(std::string(kTokens) + "[" + std::to_string(id) + "] is not UTF-8");
    }
  }
  pieces.types.assign(pieces.texts.size(), GgufTokenType::kNormal);
  if (!metadata.Has(kTypes)) return pieces;
  LLMEMBED_ASSIGN_OR_RETURN(const std::vector<int64_t> types, metadata.IntArray(kTypes));
  if (types.size() != pieces.texts.size()) {
    return Corrupt(std::string(kTypes) + " has " + std::to_string(types.size()) +
                   " values for the " + std::to_string(pieces.texts.size()) + " of " + kTokens);
  }
  std::transform(types.begin(), types.end(), pieces.types.begin(),
                 [](int64_t type) { return static_cast<GgufTokenType>(type); });
  return pieces;
}

std::vector<AddedToken> AddedTokensOf(const GgufPieces& pieces) {
  std::vector<AddedToken> tokens;
  for (size_t id = 0; id < pieces.texts.size(); ++id) {
    const bool is_special =
        pieces.types[id] == GgufTokenType::kControl || pieces.types[id] == GgufTokenType::kUnknown;
    if (!is_special && pieces.types[id] != GgufTokenType::kUserDefined) continue;
    if (pieces.texts[id].empty()) continue;
    AddedToken token;
    token.content = std::string(pieces.texts[id]);
    token.id = id;
    token.is_special = is_special;
    tokens.push_back(std::move(token));
  }
  return tokens;
}

Result<SpecialTokens> ReadEdgeTokens(const gguf::Metadata& metadata, const EdgeDefaults& defaults) {
  SpecialTokens special;
  LLMEMBED_RETURN_IF_ERROR(AddEdge(metadata, "tokenizer.ggml.add_bos_token",
                                   "tokenizer.ggml.bos_token_id", defaults.adds_bos,
                                   &special.before));
  LLMEMBED_RETURN_IF_ERROR(AddEdge(metadata, "tokenizer.ggml.add_eos_token",
                                   "tokenizer.ggml.eos_token_id", defaults.adds_eos,
                                   &special.behind));
  return special;
}

}  // namespace llmembed::text
