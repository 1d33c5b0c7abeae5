// What Hugging Face's tokenizer classes make of a SentencePiece model, one family of classes each.
#pragma once

#include <string>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/loading/sentence_piece_model.h"
#include "text/pipeline_tokenizer.h"

namespace llmembed::text {

// Llama's, as LlamaTokenizerFast converts it: the normaliser is not the file's but puts U+2581 for
// spaces, as tokenizer_config.json's "legacy" and "add_prefix_space" say. Ids are the file's.
// kUnsupported: the file asks for a normalisation that is left out so.
Result<TokenizerParts> MakeLlamaTokenizer(const SentencePieceModel& model, JsonFields* config,
                                          const std::string& where);

// XLM-RoBERTa's, as XLMRobertaTokenizerFast converts it: <s> <pad> </s> <unk> before the file's
// pieces from the fourth on, <mask> behind them.
Result<TokenizerParts> MakeXlmRobertaTokenizer(const SentencePieceModel& model, JsonFields* config,
                                               const std::string& where);

}  // namespace llmembed::text
