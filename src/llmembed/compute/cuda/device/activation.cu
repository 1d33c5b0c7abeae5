// Activations, sixteen bytes a thread.
#include "compute/cuda/device/kernels.cuh"
#include "compute/cuda/device/support.cuh"

namespace llmembed::compute::cuda {
namespace {

constexpr int kMostGatedPacks = 8;  // of a row that becomes fp8, a thread

// 1 / (1 + exp(-x)). The quick exponential is right to two units of f32's last place.
__device__ inline float Sigmoid(float x) { return __fdividef(1.0F, 1.0F + __expf(-x)); }

template <Activation kActivation>
__device__ inline float Apply(float x) {
  if constexpr (kActivation == Activation::kGeluErf) {
    return 0.5F * x * (1.0F + erff(x * 0.70710678118654752F));
  } else if constexpr (kActivation == Activation::kGeluTanh) {
    // (1 + tanh(y)) / 2 = sigmoid(2 y)
    const float inner = 0.79788456080286536F * (x + 0.044715F * x * x * x);
    return x * Sigmoid(2.0F * inner);
  } else if constexpr (kActivation == Activation::kQuickGelu) {
    return x * Sigmoid(1.702F * x);
  } else if constexpr (kActivation == Activation::kRelu) {
    return fmaxf(x, 0.0F);
  } else {
    return x * Sigmoid(x);
  }
}

template <Activation kActivation, typename T>
__global__ void ActivateKernel(Pack<T>* x, size_t packs) {
  const size_t i = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (i >= packs) return;
  Pack<T> pack = x[i];
#pragma unroll
  for (T& element : pack.x) element = FromFloat<T>(Apply<kActivation>(ToFloat(element)));
  x[i] = pack;
}

// in: [T, 2 width], out: [T, width]; a width of whole packs.
template <Activation kActivation, typename T>
__global__ void GatedKernel(const Pack<T>* in, Pack<T>* out, unsigned row_packs, size_t packs) {
  const size_t i = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (i >= packs) return;
  const size_t row = i / row_packs;
  const Pack<T> gate = in[i + row * row_packs];
  const Pack<T> up = in[i + (row + 1) * row_packs];
  Pack<T> result;
#pragma unroll
  for (int e = 0; e < Pack<T>::kSize; ++e) {
    result.x[e] = FromFloat<T>(Apply<kActivation>(ToFloat(gate.x[e])) * ToFloat(up.x[e]));
  }
  out[i] = result;
}

template <Activation kActivation, typename T>
__global__ void GatedAnyKernel(const T* in, T* out, size_t width, size_t count) {
  const size_t i = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (i >= count) return;
  const size_t row = i / width;
  const float gate = Apply<kActivation>(ToFloat(in[i + row * width]));
  out[i] = FromFloat<T>(gate * ToFloat(in[i + (row + 1) * width]));
}

// The same as fp8, a block a row, which stays in registers: kItems packs a thread.
template <Activation kActivation, int kItems>
__global__ void __launch_bounds__(kThreads)
    GatedFp8Kernel(const Pack<bf16>* in, int row_packs, Fp8Pack<8>* out, float* scales) {
  __shared__ float partial[kThreads / 32];
  const size_t row = static_cast<size_t>(blockIdx.x) * row_packs;
  Pack<bf16> result[kItems];
  float largest = 0.0F;
#pragma unroll
  for (int i = 0; i < kItems; ++i) {
    const int at = threadIdx.x + i * kThreads;
    if (at >= row_packs) continue;
    const Pack<bf16> gate = in[2 * row + at];
    const Pack<bf16> up = in[2 * row + row_packs + at];
#pragma unroll
    for (int e = 0; e < Pack<bf16>::kSize; ++e) {
      result[i].x[e] = FromFloat<bf16>(Apply<kActivation>(ToFloat(gate.x[e])) * ToFloat(up.x[e]));
      largest = fmaxf(largest, fabsf(ToFloat(result[i].x[e])));
    }
  }
  largest = BlockMax(largest, partial);
  const float factor = Fp8Factor(largest);
  if (threadIdx.x == 0) scales[blockIdx.x] = Fp8Scale(largest);
#pragma unroll
  for (int i = 0; i < kItems; ++i) {
    const int at = threadIdx.x + i * kThreads;
    if (at < row_packs) out[row + at] = ToFp8Pack(result[i].x, factor);
  }
}

template <Activation kActivation>
struct OfActivation {
  template <typename T>
  static void Plain(const Matrix& x, cudaStream_t stream) {
    // The last pack may reach into the rows behind: those are the matrix's own memory.
    const size_t packs = (x.rows * x.columns + Pack<T>::kSize - 1) / Pack<T>::kSize;
    ActivateKernel<kActivation, T>
        <<<BlocksFor(packs), kThreads, 0, stream>>>(static_cast<Pack<T>*>(x.data), packs);
  }

  template <typename T>
  static void Gated(const Matrix& in, const Matrix& out, cudaStream_t stream) {
    if (out.columns % Pack<T>::kSize != 0) {
      const size_t count = out.rows * out.columns;
      GatedAnyKernel<kActivation, T><<<BlocksFor(count), kThreads, 0, stream>>>(
          static_cast<const T*>(in.data), static_cast<T*>(out.data), out.columns, count);
      return;
    }
    const size_t row_packs = out.columns / Pack<T>::kSize;
    GatedKernel<kActivation, T><<<BlocksFor(out.rows * row_packs), kThreads, 0, stream>>>(
        static_cast<const Pack<T>*>(in.data), static_cast<Pack<T>*>(out.data),
        static_cast<unsigned>(row_packs), out.rows * row_packs);
  }

  static void GatedFp8(const Matrix& in, size_t width, const Fp8Rows& out, cudaStream_t stream) {
    const int row_packs = static_cast<int>(width / Pack<bf16>::kSize);
    const auto launch = [&](auto kernel) {
      kernel<<<static_cast<unsigned>(in.rows), kThreads, 0, stream>>>(
          static_cast<const Pack<bf16>*>(in.data), row_packs, static_cast<Fp8Pack<8>*>(out.rows),
          out.scales);
    };
    if (row_packs <= 2 * kThreads) {
      launch(GatedFp8Kernel<kActivation, 2>);
    } else if (row_packs <= 6 * kThreads) {
      launch(GatedFp8Kernel<kActivation, 6>);
    } else {
      launch(GatedFp8Kernel<kActivation, kMostGatedPacks>);
    }
  }
};

// Calls `body` with the activation as a type.
template <typename Body>
void Choose(Activation activation, const Body& body) {
  switch (activation) {
    case Activation::kGeluErf:
      return body(OfActivation<Activation::kGeluErf>());
    case Activation::kGeluTanh:
      return body(OfActivation<Activation::kGeluTanh>());
    case Activation::kQuickGelu:
      return body(OfActivation<Activation::kQuickGelu>());
    case Activation::kRelu:
      return body(OfActivation<Activation::kRelu>());
    case Activation::kSilu:
      return body(OfActivation<Activation::kSilu>());
  }
}

}  // namespace

Status LaunchActivate(Activation activation, const Matrix& x, cudaStream_t stream) {
  Choose(activation, [&](auto of) {
    if (x.dtype == tensor::DType::kBF16) {
      of.template Plain<bf16>(x, stream);
    } else {
      of.template Plain<float>(x, stream);
    }
  });
  return LaunchStatus("activation");
}

Status LaunchActivateGated(Activation activation, const Matrix& in, const Matrix& out,
                           cudaStream_t stream) {
  Choose(activation, [&](auto of) {
    if (in.dtype == tensor::DType::kBF16) {
      of.template Gated<bf16>(in, out, stream);
    } else {
      of.template Gated<float>(in, out, stream);
    }
  });
  return LaunchStatus("gated activation");
}

bool GateGivesFp8(size_t width) {
  return width % 16 == 0 && width / Pack<bf16>::kSize <= size_t{kMostGatedPacks} * kThreads;
}

Status LaunchActivateGatedFp8(Activation activation, const Matrix& in, size_t width,
                              const Fp8Rows& out, cudaStream_t stream) {
  Choose(activation, [&](auto of) { of.GatedFp8(in, width, out, stream); });
  return LaunchStatus("gated activation in fp8");
}

}  // namespace llmembed::compute::cuda
