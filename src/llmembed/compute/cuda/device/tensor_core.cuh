// The instructions of tensor cores that attention is made of: products of 16 x 16 and 16 x 8, their
// operands from shared memory, and copies into it that do not wait. sm_80 and later.
#pragma once

#include <cuda_bf16.h>

#include <cstdint>

namespace llmembed::compute::cuda {

using bf16 = __nv_bfloat16;

__device__ inline uint32_t SharedAddress(const void* pointer) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(pointer));
}

// Sixteen bytes from global to shared memory; zeros unless `is_there`.
__device__ inline void CopyAsync(void* to, const void* from, bool is_there) {
  const int bytes = is_there ? 16 : 0;
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(SharedAddress(to)), "l"(from),
               "r"(bytes)
               : "memory");
}
__device__ inline void CommitCopies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Waits until all but the last kPending groups of copies are there.
template <int kPending>
__device__ inline void WaitForCopies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

__device__ inline void LoadMatrices(uint32_t address, uint32_t (&to)[4]) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(address)
               : "memory");
}

// A: 16 rows of 16 numbers, row by row `stride` apart.
__device__ inline void LoadA(const bf16* from, int stride, uint32_t (&to)[4]) {
  const int lane = threadIdx.x % 32;
  LoadMatrices(SharedAddress(from + lane % 16 * stride + lane / 16 * 8), to);
}

// Two B, each of 16 x 8, out of 16 rows that hold their columns: to[0..1] and to[2..3].
__device__ inline void LoadB(const bf16* from, int stride, uint32_t (&to)[4]) {
  const int lane = threadIdx.x % 32;
  const int matrix = lane / 8;
  LoadMatrices(SharedAddress(from + (matrix / 2 * 8 + lane % 8) * stride + matrix % 2 * 8), to);
}

// Two B side by side out of 16 rows that hold their rows.
__device__ inline void LoadTransposedB(const bf16* from, int stride, uint32_t (&to)[4]) {
  const int lane = threadIdx.x % 32;
  const int matrix = lane / 8;
  const bf16* own = from + (matrix % 2 * 8 + lane % 8) * stride + matrix / 2 * 8;
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(SharedAddress(own))
               : "memory");
}

// d += A B
__device__ inline void Multiply(const uint32_t (&a)[4], uint32_t b0, uint32_t b1, float (&d)[4]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, "
      "{%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Two numbers as bf16, the first in the lower half.
__device__ inline uint32_t PackPair(float first, float second) {
  const __nv_bfloat162 pair = __floats2bfloat162_rn(first, second);
  return *reinterpret_cast<const uint32_t*>(&pair);
}

}  // namespace llmembed::compute::cuda
