// Memory for packed weights, which are large, written once and then read from end to end.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>

#include "llmembed/status.h"

namespace llmembed::compute::cpu {

struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }
};
using WeightMemory = std::unique_ptr<void, FreeMemory>;

// `bytes` > 0, aligned for vectors, of any contents; in pages of 2 MiB as far as they fill such
// pages and the kernel has them: fewer of them to be made and looked up (packing is 1.4 to 1.8
// times as fast). kOutOfMemory.
Result<WeightMemory> AllocateWeightMemory(size_t bytes);

}  // namespace llmembed::compute::cpu
