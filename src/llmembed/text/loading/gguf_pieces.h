// What all kinds of tokenizers in GGUF files have in common.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "gguf/metadata.h"
#include "llmembed/status.h"
#include "text/added_tokens.h"
#include "text/pipeline_tokenizer.h"

namespace llmembed::text {

// tokenizer.ggml.token_type
enum class GgufTokenType : int64_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

// A token's id is its place. Texts are views into the file.
struct GgufPieces {
  std::vector<std::string_view> texts;
  std::vector<GgufTokenType> types;  // as many; all kNormal where the file does not say
};

// tokens and token_type. kCorrupt: no tokens, lists of unlike lengths, a token that is not UTF-8.
Result<GgufPieces> ReadGgufPieces(const gguf::Metadata& metadata);

// Control tokens and the unknown one as special added tokens, user-defined ones as added tokens.
std::vector<AddedToken> AddedTokensOf(const GgufPieces& pieces);

// Whether a text gets the beginning and the end token: by the file's add_bos_token and
// add_eos_token, else as given here.
struct EdgeDefaults {
  bool adds_bos = false;
  bool adds_eos = false;
};

// kCorrupt: an id that is asked for is not in the file.
Result<SpecialTokens> ReadEdgeTokens(const gguf::Metadata& metadata, const EdgeDefaults& defaults);

}  // namespace llmembed::text
