// Memory for arrays of many megabytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace llmembed::base {

// `bytes` > 0, aligned for the widest vectors, of any contents; null: there is no such room. Freed
// with std::free. In pages of 2 MiB as far as it fills such pages and the kernel has them: fewer of
// them to be made and looked up, as CPUs remember too few of the small ones.
void* AllocateLarge(uint64_t bytes);

}  // namespace llmembed::base
