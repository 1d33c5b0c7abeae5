// The tokenizer "llama" of GGUF files: SentencePiece's pieces and scores.
#pragma once

#include "gguf/metadata.h"
#include "llmembed/status.h"
#include "text/pipeline_tokenizer.h"

namespace llmembed::text {

// tokens, scores, token_type, add_bos_token, add_eos_token, add_space_prefix and
// unknown_token_id of tokenizer.ggml. Every part of a text between special tokens gets a space
// before it, as with Hugging Face's "legacy" tokenizers and in llama.cpp.
// kCorrupt: damaged. kUnsupported: a file that asks for a normalisation of its own.
Result<TokenizerParts> ReadGgufLlama(const gguf::Metadata& metadata);

}  // namespace llmembed::text
