// Plain loops where the CPU's own would need libraries that a machine with a GPU may not have.
#include "compute/ref/ref_row_ops.h"

namespace llmembed::compute {

RowOps* CpuRowOps(GemmThreads threads) {
  static ref::HostRowOps one(GemmThreads::kOne);
  static ref::HostRowOps all(GemmThreads::kAll);
  return threads == GemmThreads::kOne ? &one : &all;
}

}  // namespace llmembed::compute
