// The library's version and what it found on this machine.
#pragma once

#include <string>

#include "llmembed/export.h"
#include "llmembed/status.h"

namespace llmembed {

LLMEMBED_EXPORT const char* Version();  // "0.1.0"

// The instruction set that kernels will use here: "amx_bf16", "avx512_bf16", "avx512", "avx2" or
// "baseline".
LLMEMBED_EXPORT std::string InstructionSet();

// Makes this process work with the instruction set of that name though its CPU has more, to compare
// or to be like another machine; "": the one that LLMEMBED_INSTRUCTION_SET names, if it is set. To
// be called before everything else, from one thread. kUsage: no such name, this CPU has not got it,
// or too late.
LLMEMBED_EXPORT Status LimitInstructionSet(const std::string& name);

}  // namespace llmembed
