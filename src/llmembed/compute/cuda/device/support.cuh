// What all kernels and their callers need: errors as values, and elements of either type.
#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <span>
#include <string>

#include "compute/ops.h"
#include "llmembed/status.h"

namespace llmembed::compute::cuda {

inline Status CudaStatus(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return {};
  const StatusCode code =
      error == cudaErrorMemoryAllocation ? StatusCode::kOutOfMemory : StatusCode::kInternal;
  if (code == StatusCode::kOutOfMemory) (void)cudaGetLastError();  // it is dealt with
  return {code, std::string("CUDA, ") + what + ": " + cudaGetErrorString(error)};
}

inline Status LaunchStatus(const char* kernel) { return CudaStatus(cudaGetLastError(), kernel); }

// Threads of the blocks that go through arrays, and how many blocks that takes.
inline constexpr int kThreads = 256;
inline unsigned BlocksFor(size_t count) {
  return static_cast<unsigned>((count + kThreads - 1) / kThreads);
}

inline const float* OrNull(std::span<const float> numbers) {
  return numbers.empty() ? nullptr : numbers.data();
}

using bf16 = __nv_bfloat16;

__device__ inline float ToFloat(float x) { return x; }
__device__ inline float ToFloat(bf16 x) { return __bfloat162float(x); }

template <typename T>
__device__ inline T FromFloat(float x);
template <>
__device__ inline float FromFloat<float>(float x) {
  return x;
}
template <>
__device__ inline bf16 FromFloat<bf16>(float x) {
  return __float2bfloat16_rn(x);
}

// Sixteen bytes: what one thread loads or stores at a time.
template <typename T>
struct alignas(16) Pack {
  static constexpr int kSize = 16 / sizeof(T);
  T x[kSize];
};

__device__ inline float WarpSum(float x) {
  for (int offset = 16; offset > 0; offset /= 2) x += __shfl_xor_sync(0xffffffffU, x, offset);
  return x;
}

__device__ inline float WarpMax(float x) {
  for (int offset = 16; offset > 0; offset /= 2) {
    x = fmaxf(x, __shfl_xor_sync(0xffffffffU, x, offset));
  }
  return x;
}

// The largest over the block, which every thread gets. partial: as for BlockSum.
__device__ inline float BlockMax(float x, float* partial) {
  x = WarpMax(x);
  __syncthreads();  // whoever read the last numbers is done
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = x;
  __syncthreads();
  for (int i = 0; i < static_cast<int>(blockDim.x) / 32; ++i) x = fmaxf(x, partial[i]);
  return x;
}

// The sum over the block, which every thread gets. partial: shared memory for a number a warp.
__device__ inline float BlockSum(float x, float* partial) {
  x = WarpSum(x);
  const int warp = threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  __syncthreads();  // whoever read the last sum is done
  if (lane == 0) partial[warp] = x;
  __syncthreads();
  float sum = 0.0F;
  for (int i = 0; i < static_cast<int>(blockDim.x) / 32; ++i) sum += partial[i];
  return sum;
}

}  // namespace llmembed::compute::cuda
