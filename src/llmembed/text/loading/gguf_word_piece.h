// WordPiece in a GGUF file: BERT's vocabulary, spelled another way.
#pragma once

#include "gguf/metadata.h"
#include "llmembed/status.h"
#include "text/pipeline_tokenizer.h"

namespace llmembed::text {

// Pieces that begin a word stand there with U+2581 before them, the others without their "##"; what
// stands in brackets and special tokens are as in a vocab.txt. Lower-cased is what the file says;
// where it is silent, a vocabulary without capital letters. kCorrupt: damaged.
Result<TokenizerParts> ReadGgufWordPiece(const gguf::Metadata& metadata);

}  // namespace llmembed::text
