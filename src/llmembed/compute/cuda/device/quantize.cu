// Rows as fp8 (e4m3), each with a factor of its own so that its largest number is the largest there
// is: a thread block a row.
#include "compute/cuda/device/fp8_rows.cuh"
#include "compute/cuda/device/kernels.cuh"

namespace llmembed::compute::cuda {
namespace {

template <typename T>
__global__ void __launch_bounds__(kThreads)
    QuantizeKernel(const T* in, int packs, Fp8Pack<Pack<T>::kSize>* out, float* scales) {
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
    out[row + i] = ToFp8Pack(pack.x, factor);
  }
}

__global__ void DequantizeKernel(const __nv_fp8_storage_t* rows, const float* scales,
                                 size_t columns, size_t count, bf16* out) {
  const size_t i = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (i >= count) return;
  const __half number(__nv_cvt_fp8_to_halfraw(rows[i], __NV_E4M3));
  out[i] = FromFloat<bf16>(__half2float(number) * scales[i / columns]);
}

}  // namespace

Status LaunchQuantize(const Matrix& in, const Fp8Rows& out, cudaStream_t stream) {
  const auto blocks = static_cast<unsigned>(in.rows);
  if (in.dtype == tensor::DType::kBF16) {
    QuantizeKernel<<<blocks, kThreads, 0, stream>>>(static_cast<const bf16*>(in.data),
                                                    static_cast<int>(in.columns / 8),
                                                    static_cast<Fp8Pack<8>*>(out.rows), out.scales);
  } else {
    QuantizeKernel<<<blocks, kThreads, 0, stream>>>(in.f32(), static_cast<int>(in.columns / 4),
                                                    static_cast<Fp8Pack<4>*>(out.rows), out.scales);
  }
  return LaunchStatus("rounding to fp8");
}

Status LaunchDequantize(const void* rows, const float* scales, const Matrix& out,
                        cudaStream_t stream) {
  const size_t count = out.rows * out.columns;
  DequantizeKernel<<<BlocksFor(count), kThreads, 0, stream>>>(
      static_cast<const __nv_fp8_storage_t*>(rows), scales, out.columns, count,
      static_cast<bf16*>(out.data));
  return LaunchStatus("numbers of fp8");
}

}  // namespace llmembed::compute::cuda
