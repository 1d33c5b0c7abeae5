// Matrix products of f32 by AMX, which multiplies bf16 alone: each number is the sum of three bf16,
// exactly, and six of the nine products of two such sums are all that an f32 can hold.
#pragma once

#include "compute/gemm.h"

namespace llmembed::compute::cpu {

// Whether TileGemm does this product, and faster than vectors of f32 would: the CPU has tiles,
// every side is a few tiles long, alpha is 1, beta 0 or 1.
bool TilesFit(const GemmShape& shape, const GemmOutput& c);

// C = A B + beta C as Gemm has it, on `threads` OpenMP threads, whose number does not change the
// bits. A term that is left out is 2^-27 of the product at most; sums are f32. What is not finite
// in A or B gives NaN, numbers below 2^-110 may count as zero. kOutOfMemory.
// Precondition: TilesFit(shape, c).
Status TileGemm(const GemmShape& shape, const GemmInput& a, const GemmInput& b, const GemmOutput& c,
                int threads);

}  // namespace llmembed::compute::cpu
