// Matrix product in f32, as oneDNN does it.
#pragma once

#include <cstdint>

#include "llmembed/status.h"

namespace llmembed::compute {

enum class Transpose { kNo, kYes };

// op(A) [m, k] times op(B) [k, n] gives C [m, n].
struct GemmShape {
  uint64_t m = 0;
  uint64_t n = 0;
  uint64_t k = 0;
};

// A row-major matrix; op() is the matrix itself or its transpose. `row_stride`: values from one row
// of the matrix itself to the next, 0 where they lie without gaps.
struct GemmInput {
  const float* values = nullptr;
  Transpose transpose = Transpose::kNo;
  uint64_t row_stride = 0;
};

// C = alpha * op(A) * op(B) + beta * C, row-major; may not overlap the inputs.
struct GemmOutput {
  float* values = nullptr;
  float alpha = 1.0F;
  float beta = 0.0F;
  uint64_t row_stride = 0;  // as of an input
};

// kAll: a product that is large enough is shared among the calling thread's OpenMP threads (a small
// one gains nothing, and loses a lot where others use the cores: OpenMP's threads wait spinning).
enum class GemmThreads { kOne, kAll };

// The same bits each time for the same shape and number of threads. An empty output is left alone.
// Thread-safe. kOutOfMemory, kInternal.
Status Gemm(const GemmShape& shape, const GemmInput& a, const GemmInput& b, const GemmOutput& c,
            GemmThreads threads);

}  // namespace llmembed::compute
