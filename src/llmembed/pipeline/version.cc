#include "llmembed/version.h"

#include "base/environment.h"
#include "compute/ops.h"

namespace llmembed {

const char* Version() { return LLMEMBED_VERSION; }

std::string InstructionSet() { return compute::CpuInstructionSet(); }

Status LimitInstructionSet(const std::string& name) {
  if (!name.empty()) return compute::LimitInstructionSet(name);
  constexpr const char* kVariable = "LLMEMBED_INSTRUCTION_SET";
  const auto named = base::EnvironmentVariable(kVariable);
  return compute::LimitInstructionSet(named.value_or("")).WithContext(kVariable);
}

}  // namespace llmembed
