// Rows as fp8 (e4m3), each with a factor of its own so that its largest number is the largest there
// is: a thread block a row.
#include <cuda_fp8.h>

#include "compute/cuda/device/kernels.cuh"
#include "compute/cuda/device/support.cuh"
#include "compute/fp8.h"

namespace llmembed::compute::cuda {
namespace {

__device__ inline float BlockMax(float x, float* partial) {
  x = WarpMax(x);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = x;
  __syncthreads();
  for (int i = 0; i < kThreads / 32; ++i) x = fmaxf(x, partial[i]);
  return x;
}

template <typename T>
__global__ void __launch_bounds__(kThreads)
    QuantizeKernel(const T* in, int packs, __nv_fp8_storage_t* out, float* scales) {
  __shared__ float partial[kThreads / 32];
  const size_t row = static_cast<size_t>(blockIdx.x) * packs;
  const auto* from = reinterpret_cast<const Pack<T>*>(in) + row;
  float largest = 0.0F;
  for (int i = threadIdx.x; i < packs; i += kThreads) {
    const Pack<T> pack = from[i];
#pragma unroll
    for (const T& x : pack.x) largest = fmaxf(largest, fabsf(ToFloat(x)));
  }
  largest = BlockMax(largest, partial);
  const float factor = Fp8Factor(largest);
  if (threadIdx.x == 0) scales[blockIdx.x] = Fp8Scale(largest);
  for (int i = threadIdx.x; i < packs; i += kThreads) {
    const Pack<T> pack = from[i];
    union {
      __nv_fp8_storage_t x[Pack<T>::kSize];
      uint2 eight;
      uint32_t four;
    } rounded;
#pragma unroll
    for (int e = 0; e < Pack<T>::kSize; ++e) {
      rounded.x[e] = __nv_cvt_float_to_fp8(ToFloat(pack.x[e]) * factor, __NV_SATFINITE, __NV_E4M3);
    }
    if constexpr (Pack<T>::kSize == 8) {
      reinterpret_cast<uint2*>(out)[row + i] = rounded.eight;
    } else {
      reinterpret_cast<uint32_t*>(out)[row + i] = rounded.four;
    }
  }
}

}  // namespace

Status LaunchQuantize(const Matrix& in, void* out, float* scales, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>(in.rows);
  auto* to = static_cast<__nv_fp8_storage_t*>(out);
  if (in.dtype == tensor::DType::kBF16) {
    QuantizeKernel<<<blocks, kThreads, 0, stream>>>(static_cast<const bf16*>(in.data),
                                                    static_cast<int>(in.columns / 8), to, scales);
  } else {
    QuantizeKernel<<<blocks, kThreads, 0, stream>>>(in.f32(), static_cast<int>(in.columns / 4), to,
                                                    scales);
  }
  return LaunchStatus("rounding to fp8");
}

}  // namespace llmembed::compute::cuda
