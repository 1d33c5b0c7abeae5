// The steps before byte-level BPE in the tokenizers that files only name.
#pragma once

#include <cstdint>

#include "text/pipeline_tokenizer.h"

namespace llmembed::text {

enum class ByteLevelKind : uint8_t {
  kGpt2,    // GPT-2's words
  kSmolLm,  // each digit a word, then GPT-2's words
  kLlama3,  // Llama 3's expression
  kQwen2    // NFC, and Qwen 2's expression
};

// Sets the normalizer and the pre-tokenizer, as in the tokenizer.json of each kind's model.
// `add_prefix_space` matters to GPT-2's kind alone.
void AddByteLevelSteps(ByteLevelKind kind, bool add_prefix_space, TokenizerParts* parts);

}  // namespace llmembed::text
