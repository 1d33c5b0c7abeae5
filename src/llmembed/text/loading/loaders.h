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
Result<std::unique_ptr<Tokenizer>> LoadTokenizerJson(const std::string& folder,
                                                     const TokenizerOptions& options);

// The same from its contents; `path` names them in messages.
Result<std::unique_ptr<Tokenizer>> ReadTokenizerJson(const base::Json& root,
                                                     const std::string& path,
                                                     const TokenizerOptions& options = {});

// A BERT vocabulary, one piece a line, and beside it tokenizer_config.json and
// special_tokens_map.json, both optional.
Result<std::unique_ptr<Tokenizer>> LoadVocabTxt(const std::string& folder,
                                                const TokenizerOptions& options);

// A byte-level BPE's vocab.json and merges.txt, and beside them tokenizer_config.json and
// special_tokens_map.json, both optional. Whether it is RoBERTa's, GPT-2's or Qwen 2's kind is said
// by the tokenizer_class there, or by config.json; where neither says it, a vocabulary that begins
// with <s> <pad> </s> and has a <mask> is RoBERTa's, any other one GPT-2's.
Result<std::unique_ptr<Tokenizer>> LoadVocabJson(const std::string& folder,
                                                 const TokenizerOptions& options);

// SentencePiece's model files, "tokenizer.model" and "sentencepiece.bpe.model", as Hugging Face's
// fast tokenizers convert them: which class does is for tokenizer_config.json's "tokenizer_class"
// to say, or config.json's "model_type" (docs/decisions/0010-sentencepiece-models-read-by-us.md).
Result<std::unique_ptr<Tokenizer>> LoadTokenizerModel(const std::string& folder,
                                                      const TokenizerOptions& options);
Result<std::unique_ptr<Tokenizer>> LoadSentencePieceBpeModel(const std::string& folder,
                                                             const TokenizerOptions& options);

}  // namespace llmembed::text
