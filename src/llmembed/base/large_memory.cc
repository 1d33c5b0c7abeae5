#include "base/large_memory.h"

#include <sys/mman.h>

#include <cstdlib>

namespace llmembed::base {

void* AllocateLarge(uint64_t bytes) {
  constexpr uint64_t kHugePage = uint64_t{1} << 21;
  constexpr size_t kCacheLine = 64;
  void* memory = nullptr;
  const uint64_t rounded = (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
  // Unlike aligned_alloc it takes sizes that are no multiple of the alignment.
  if (posix_memalign(&memory, bytes < kHugePage ? kCacheLine : kHugePage, rounded) != 0) {
    return nullptr;
  }
  // A wish: where it is not granted everything works with small pages. Of whole pages only: the
  // rest takes what it needs.
  if (bytes >= kHugePage) ::madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
  return memory;
}

}  // namespace llmembed::base
