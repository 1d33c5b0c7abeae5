// The special tokens around a single text, from the "post_processor" of a tokenizer.json.
#pragma once

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/pipeline_tokenizer.h"

namespace llmembed::text {

// A template such as "[CLS] $A [SEP]". The one for pairs of texts is not looked at.
// kUnsupported: the text does not stand in the single template exactly once.
Result<SpecialTokens> ReadTemplateProcessing(JsonFields fields);

// "cls" before the text and "sep" behind it.
Result<SpecialTokens> ReadBertProcessing(JsonFields fields);

// The same; its other fields do not matter to the ids.
Result<SpecialTokens> ReadRobertaProcessing(JsonFields fields);

// ByteLevel moves offsets alone: there are no special tokens.
Result<SpecialTokens> ReadByteLevelProcessing(JsonFields fields);

// Several of them, each around what the one before gives.
Result<SpecialTokens> ReadProcessorSequence(JsonFields fields);

}  // namespace llmembed::text
