// The tokenizer inside a GGUF file: tokenizer.ggml.* of its metadata.
#pragma once

#include <memory>
#include <string>

#include "gguf/metadata.h"
#include "llmembed/status.h"
#include "text/tokenizer.h"

namespace llmembed::text {

// `path`: a GGUF file. Its tokens, merges or scores make the tokenizer that Hugging Face has for
// the model it was converted from; llama.cpp's own differs from that in places, e.g. it does not
// normalise (docs/models.md).
// kCorrupt: damaged. kUnsupported: a kind of tokenizer or of words that is not done here, named.
Result<std::unique_ptr<Tokenizer>> LoadGgufTokenizer(const std::string& path,
                                                     const TokenizerOptions& options);

// The same from the metadata alone; `path` is for messages.
Result<std::unique_ptr<Tokenizer>> ReadGgufTokenizer(const gguf::Metadata& metadata,
                                                     const std::string& path,
                                                     const TokenizerOptions& options);

}  // namespace llmembed::text
