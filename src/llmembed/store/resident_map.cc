#include "store/resident_map.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>

namespace llmembed::store {
namespace {

constexpr uint64_t kBudgetBytes = 4ULL << 20;
// The kernel maps this much around a page that is touched.
constexpr uint64_t kFaultBytes = 64ULL << 10;

}  // namespace

// LMDB does not tell where its map is (unless it was asked for a fixed address).
void ResidentMap::Locate(int descriptor) {
  address_ = nullptr;
  struct stat info {};
  if (::fstat(descriptor, &info) != 0) return;
  std::ifstream mappings("/proc/self/maps");
  for (std::string line; std::getline(mappings, line);) {
    uint64_t begin = 0;
    uint64_t end = 0;
    uint64_t inode = 0;
    if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %" SCNu64, &begin, &end,
                    &inode) == 3 &&
        inode == info.st_ino && line.ends_with("/data.mdb")) {
      address_ = reinterpret_cast<void*>(begin);  // NOLINT(performance-no-int-to-ptr)
      bytes_ = end - begin;
      return;
    }
  }
}

void ResidentMap::Touch(const void* address, const void** last_address) {
  const bool is_new_fault = reinterpret_cast<uintptr_t>(address) / kFaultBytes !=
                            reinterpret_cast<uintptr_t>(*last_address) / kFaultBytes;
  *last_address = address;
  if (!is_new_fault || address_ == nullptr) return;
  const uint64_t faults = faults_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (faults * kFaultBytes < kBudgetBytes) return;
  faults_.store(0, std::memory_order_relaxed);
  ::madvise(address_, bytes_, MADV_DONTNEED);
}

}  // namespace llmembed::store
