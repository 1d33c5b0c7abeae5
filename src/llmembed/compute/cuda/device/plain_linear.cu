// y = x W^T + b for odd sizes, a thread an output. Real models have none of these.
#include "compute/cuda/device/kernels.cuh"
#include "compute/cuda/device/support.cuh"

namespace llmembed::compute::cuda {
namespace {

template <typename In, typename Out>
__global__ void PlainLinearKernel(const In* in, const In* weight, const float* bias, size_t inputs,
                                  size_t outputs, size_t count, bool adds, Out* out) {
  const size_t i = blockIdx.x * static_cast<size_t>(blockDim.x) + threadIdx.x;
  if (i >= count) return;
  const In* x = in + i / outputs * inputs;
  const In* w = weight + i % outputs * inputs;
  float sum = bias == nullptr ? 0.0F : bias[i % outputs];
  for (size_t k = 0; k < inputs; ++k) sum += ToFloat(x[k]) * ToFloat(w[k]);
  if (adds) sum += ToFloat(out[i]);
  out[i] = FromFloat<Out>(sum);
}

template <typename In, typename Out>
void Launch(const Matrix& in, const void* weight, const float* bias, const Matrix& out, Write write,
            cudaStream_t stream) {
  const size_t count = out.rows * out.columns;
  PlainLinearKernel<<<BlocksFor(count), kThreads, 0, stream>>>(
      static_cast<const In*>(in.data), static_cast<const In*>(weight), bias, in.columns,
      out.columns, count, write == Write::kAdd, static_cast<Out*>(out.data));
}

}  // namespace

Status LaunchPlainLinear(const Matrix& in, const void* weight, const float* bias, const Matrix& out,
                         Write write, cudaStream_t stream) {
  const bool takes_bf16 = in.dtype == tensor::DType::kBF16;
  const bool gives_bf16 = out.dtype == tensor::DType::kBF16;
  if (takes_bf16 && gives_bf16) Launch<bf16, bf16>(in, weight, bias, out, write, stream);
  if (takes_bf16 && !gives_bf16) Launch<bf16, float>(in, weight, bias, out, write, stream);
  if (!takes_bf16 && gives_bf16) Launch<float, bf16>(in, weight, bias, out, write, stream);
  if (!takes_bf16 && !gives_bf16) Launch<float, float>(in, weight, bias, out, write, stream);
  return LaunchStatus("linear layer of an odd size");
}

}  // namespace llmembed::compute::cuda
