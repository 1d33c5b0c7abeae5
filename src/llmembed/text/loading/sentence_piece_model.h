// SentencePiece's model file ("tokenizer.model"): its pieces, and what was set when it was trained.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "llmembed/status.h"

namespace llmembed::text {

struct SentencePiece {
  enum class Type : uint8_t {
    kNormal = 1,
    kUnknown,
    kControl,
    kUserDefined,
    kUnused,
    kByte,
  };

  std::string_view text;
  float score = 0;
  Type type = Type::kNormal;
};

// The defaults are those of the format. Views are into the file's bytes.
struct SentencePieceModel {
  enum class Algorithm : uint8_t { kUnigram = 1, kBpe, kWord, kCharacter };

  std::vector<SentencePiece> pieces;  // by id
  Algorithm algorithm = Algorithm::kUnigram;
  std::string_view unknown_piece = "<unk>";
  bool space_is_suffix = false;  // a word's space stands behind it
  std::string_view character_map;
  bool adds_prefix_space = true;
  bool removes_extra_spaces = true;
  bool escapes_spaces = true;
};

// Fields that do not decide ids are passed over, known or not. kCorrupt: the bytes are no such
// message; a piece's text is not UTF-8, its score not finite or its type unknown. `where` names the
// source in messages.
Result<SentencePieceModel> ParseSentencePieceModel(std::string_view bytes,
                                                   const std::string& where);

}  // namespace llmembed::text
