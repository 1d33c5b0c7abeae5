// Matrix product in f32, as oneDNN does it.
#pragma once

#include <cstdint>

#include "llmembed/status.h"

namespace llmembed::head {

enum class Transpose { kNo, kYes };

// op(A) [m, k] times op(B) [k, n] gives C [m, n].
struct GemmShape {
  uint64_t m = 0;
  uint64_t n = 0;
  uint64_t k = 0;
};

// A dense row-major matrix; op() is the matrix itself or its transpose.
struct GemmInput {
  const float* values = nullptr;
  Transpose transpose = Transpose::kNo;
};

// C = alpha * op(A) * op(B) + beta * C, dense row-major; may not overlap the inputs.
struct GemmOutput {
  float* values = nullptr;
  float alpha = 1.0F;
  float beta = 0.0F;
};

// kAll: a product that is large enough is shared among the calling thread's OpenMP threads (a small
// one gains nothing, and loses a lot where others use the cores: OpenMP's threads wait spinning).
enum class GemmThreads { kOne, kAll };

// The same bits each time for the same shape and number of threads. An empty output is left alone.
// Thread-safe. kOutOfMemory, kInternal.
Status Gemm(const GemmShape& shape, const GemmInput& a, const GemmInput& b, const GemmOutput& c,
            GemmThreads threads);

}  // namespace llmembed::head
