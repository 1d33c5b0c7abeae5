// Our own vector kernels (Highway), compiled for several instruction sets; the best one that the
// CPU has is chosen at the first call. bf16 is carried as uint16_t bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "compute/ops.h"

namespace llmembed::compute::cpu {

void Activate(Activation activation, const Matrix& x);

void RoundToBF16(std::span<const float> in, uint16_t* out);

// "avx512", "avx2" or "baseline": what the kernels above run as.
const char* KernelTarget();

}  // namespace llmembed::compute::cpu
