#include "llmembed/version.h"

#include "compute/ops.h"

namespace llmembed {

const char* Version() { return LLMEMBED_VERSION; }

std::string InstructionSet() { return compute::CpuInstructionSet(); }

}  // namespace llmembed
