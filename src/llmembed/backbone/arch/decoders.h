// Decoders: a token reads itself and what stands before it.
#pragma once

#include "backbone/arch/architecture.h"

namespace llmembed::backbone {

const Architecture& Llama();
const Architecture& Mistral();
const Architecture& Qwen2();
const Architecture& Qwen3();
const Architecture& Gemma();
const Architecture& Gemma2();
const Architecture& Gemma3();
const Architecture& Starcoder2();

}  // namespace llmembed::backbone
