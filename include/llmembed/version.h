// The library's version and what it found on this machine.
#pragma once

#include <string>

#include "llmembed/export.h"

namespace llmembed {

LLMEMBED_EXPORT const char* Version();  // "0.1.0"

// The instruction set that kernels will use here: "amx_bf16", "avx512_bf16", "avx512", "avx2" or
// "baseline".
LLMEMBED_EXPORT std::string InstructionSet();

}  // namespace llmembed
