#include "compute/cuda/memory_plan.h"

#include <algorithm>

namespace llmembed::compute::cuda {

size_t TokensThatFit(uint64_t free_bytes, size_t token_bytes, size_t preferred) {
  constexpr uint64_t kForOthers = uint64_t{512} << 20;
  const uint64_t fixed = kForOthers + kStreams * kLinearWorkspace;
  const uint64_t room = free_bytes > fixed ? free_bytes - fixed : 0;
  const uint64_t fitting = room / kStreams / std::max<size_t>(token_bytes, 1);
  const uint64_t tokens = std::min<uint64_t>(fitting, preferred);
  return std::max<size_t>(tokens / kDeviceRowBlock * kDeviceRowBlock, kDeviceRowBlock);
}

size_t RowsThatFit(uint64_t free_bytes, size_t row_bytes, size_t rows) {
  constexpr uint64_t kLeastForBatches = uint64_t{1} << 30;
  const uint64_t for_batches = std::max(kLeastForBatches, free_bytes / 8);
  const uint64_t room = free_bytes > for_batches ? free_bytes - for_batches : 0;
  return std::min<uint64_t>(room / std::max<size_t>(row_bytes, 1), rows);
}

}  // namespace llmembed::compute::cuda
