// The kinds of tokenizer files, one reader each; `folder` is the model folder.
#pragma once

#include <memory>
#include <string>

#include "base/json.h"
#include "llmembed/status.h"
#include "text/tokenizer.h"

namespace llmembed::text {

// Hugging Face's tokenizer.json, version 1.0. "padding", "truncation" and "decoder" do not matter
// to the ids and are passed over; everything else is understood or refused.
Result<std::unique_ptr<Tokenizer>> LoadTokenizerJson(const std::string& folder);

// The same from its contents; `path` names them in messages.
Result<std::unique_ptr<Tokenizer>> ReadTokenizerJson(const base::Json& root,
                                                     const std::string& path);

// A BERT vocabulary, one piece a line, and beside it tokenizer_config.json and
// special_tokens_map.json, both optional.
Result<std::unique_ptr<Tokenizer>> LoadVocabTxt(const std::string& folder);

}  // namespace llmembed::text
