// The "vocab" of a tokenizer.json: an object of pieces and their ids.
#pragma once

#include <vector>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/models/vocabulary.h"

namespace llmembed::text {

// The pieces are views into the JSON value. kCorrupt: an id is not a whole number.
// Vocabulary::Create checks the rest.
Result<std::vector<VocabularyPiece>> ReadVocabularyPieces(const JsonFields& entries);

}  // namespace llmembed::text
