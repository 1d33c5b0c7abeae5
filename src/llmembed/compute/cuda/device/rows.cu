// Embeddings, residuals and norms: a thread block a token.
#include "compute/cuda/device/kernels.cuh"
#include "compute/cuda/device/support.cuh"

namespace llmembed::compute::cuda {
namespace {

constexpr int kMaxThreads = 256;

unsigned ThreadsFor(size_t items) {
  const size_t warps = (items + 31) / 32;
  return static_cast<unsigned>(std::min<size_t>(warps * 32, kMaxThreads));
}

__global__ void EmbedKernel(const float* words, float word_scale, const float* positions,
                            const float* token_type, const int32_t* ids,
                            const int32_t* position_ids, int width, float* out) {
  const size_t token = blockIdx.x;
  const float* word = words + static_cast<size_t>(ids[token]) * width;
  const float* position =
      positions == nullptr ? nullptr : positions + static_cast<size_t>(position_ids[token]) * width;
  for (int d = threadIdx.x; d < width; d += blockDim.x) {
    float sum = __fmul_rn(word[d], word_scale);
    if (token_type != nullptr) sum += token_type[d];
    if (position != nullptr) sum += position[d];
    out[token * width + d] = sum;
  }
}

__global__ void AddKernel(float4* x, const float4* residual, size_t count) {
  const size_t i = blockIdx.x * static_cast<size_t>(blockDim.x) + threadIdx.x;
  if (i >= count) return;
  float4 a = x[i];
  const float4 b = residual[i];
  a.x += b.x;
  a.y += b.y;
  a.z += b.z;
  a.w += b.w;
  x[i] = a;
}

template <typename T>
__global__ void AddBiasKernel(const float* bias, size_t width, size_t count, T* x) {
  const size_t i = blockIdx.x * static_cast<size_t>(blockDim.x) + threadIdx.x;
  if (i < count) x[i] = FromFloat<T>(ToFloat(x[i]) + bias[i % width]);
}

struct alignas(8) FourBF16 {
  bf16 x[4];
};

struct NormArguments {
  const float* scale;
  const float* shift;  // or null
  float epsilon;
  bool is_rms;
  float* x;
  const float* residual;      // or null
  const bf16* residual_bf16;  // instead of `residual`, or null
  float* normed;              // or null
  bf16* rounded;              // or null
  Fp8Rows quantized;          // or none
  int width;
};

__device__ inline bool HasResidual(const NormArguments& a) {
  return a.residual != nullptr || a.residual_bf16 != nullptr;
}

__device__ inline float ResidualAt(const NormArguments& a, size_t i) {
  return a.residual != nullptr ? a.residual[i] : ToFloat(a.residual_bf16[i]);
}

// Four numbers of the row that begins at `row`.
__device__ inline float4 ResidualQuad(const NormArguments& a, size_t row, int quad) {
  if (a.residual != nullptr) return reinterpret_cast<const float4*>(a.residual + row)[quad];
  const FourBF16 four = reinterpret_cast<const FourBF16*>(a.residual_bf16 + row)[quad];
  return make_float4(ToFloat(four.x[0]), ToFloat(four.x[1]), ToFloat(four.x[2]),
                     ToFloat(four.x[3]));
}

// A row of a multiple of four numbers stays in registers: kItems times four a thread.
template <int kItems>
__global__ void __launch_bounds__(kMaxThreads) NormRowKernel(NormArguments a) {
  __shared__ float partial[kMaxThreads / 32];
  const size_t row = static_cast<size_t>(blockIdx.x) * a.width;
  const int quads = a.width / 4;
  float4 value[kItems];
  float sum = 0.0F;
  float largest = 0.0F;
#pragma unroll
  for (int i = 0; i < kItems; ++i) {
    const int quad = threadIdx.x + i * blockDim.x;
    value[i] = make_float4(0, 0, 0, 0);
    if (quad >= quads) continue;
    value[i] = reinterpret_cast<const float4*>(a.x + row)[quad];
    if (HasResidual(a)) {
      const float4 r = ResidualQuad(a, row, quad);
      value[i].x += r.x;
      value[i].y += r.y;
      value[i].z += r.z;
      value[i].w += r.w;
      if (a.normed != a.x) reinterpret_cast<float4*>(a.x + row)[quad] = value[i];
    }
    sum += (value[i].x + value[i].y) + (value[i].z + value[i].w);
  }
  const float mean = a.is_rms ? 0.0F : BlockSum(sum, partial) / static_cast<float>(a.width);
  float squares = 0.0F;
#pragma unroll
  for (int i = 0; i < kItems; ++i) {
    if (static_cast<int>(threadIdx.x + i * blockDim.x) >= quads) continue;
    value[i].x -= mean;
    value[i].y -= mean;
    value[i].z -= mean;
    value[i].w -= mean;
    squares += (value[i].x * value[i].x + value[i].y * value[i].y) +
               (value[i].z * value[i].z + value[i].w * value[i].w);
  }
  const float factor =
      1.0F / sqrtf(BlockSum(squares, partial) / static_cast<float>(a.width) + a.epsilon);
#pragma unroll
  for (int i = 0; i < kItems; ++i) {
    const int quad = threadIdx.x + i * blockDim.x;
    if (quad >= quads) continue;
    const float4 scale = reinterpret_cast<const float4*>(a.scale)[quad];
    float4 shift = make_float4(0, 0, 0, 0);
    if (a.shift != nullptr) shift = reinterpret_cast<const float4*>(a.shift)[quad];
    const float4 y = make_float4(
        value[i].x * factor * scale.x + shift.x, value[i].y * factor * scale.y + shift.y,
        value[i].z * factor * scale.z + shift.z, value[i].w * factor * scale.w + shift.w);
    if (a.normed != nullptr) reinterpret_cast<float4*>(a.normed + row)[quad] = y;
    if (a.rounded == nullptr && a.quantized.rows == nullptr) continue;
    const FourBF16 four{
        {FromFloat<bf16>(y.x), FromFloat<bf16>(y.y), FromFloat<bf16>(y.z), FromFloat<bf16>(y.w)}};
    if (a.rounded != nullptr) reinterpret_cast<FourBF16*>(a.rounded + row)[quad] = four;
    value[i] =
        make_float4(ToFloat(four.x[0]), ToFloat(four.x[1]), ToFloat(four.x[2]), ToFloat(four.x[3]));
    largest = fmaxf(fmaxf(largest, fmaxf(fabsf(value[i].x), fabsf(value[i].y))),
                    fmaxf(fabsf(value[i].z), fabsf(value[i].w)));
  }
  if (a.quantized.rows == nullptr) return;
  largest = BlockMax(largest, partial);
  const float to_fp8 = Fp8Factor(largest);
  if (threadIdx.x == 0) a.quantized.scales[blockIdx.x] = Fp8Scale(largest);
#pragma unroll
  for (int i = 0; i < kItems; ++i) {
    const int quad = threadIdx.x + i * blockDim.x;
    if (quad >= quads) continue;
    const float four[4] = {value[i].x, value[i].y, value[i].z, value[i].w};
    static_cast<Fp8Pack<4>*>(a.quantized.rows)[row / 4 + quad] = ToFp8Pack(four, to_fp8);
  }
}

// Rows of any width; they are read again from memory.
__global__ void NormAnyRowKernel(NormArguments a) {
  __shared__ float partial[kMaxThreads / 32];
  float* x = a.x + static_cast<size_t>(blockIdx.x) * a.width;
  const size_t row = static_cast<size_t>(blockIdx.x) * a.width;
  float sum = 0.0F;
  for (int d = threadIdx.x; d < a.width; d += blockDim.x) {
    if (HasResidual(a)) x[d] += ResidualAt(a, row + d);
    sum += x[d];
  }
  const float mean = a.is_rms ? 0.0F : BlockSum(sum, partial) / static_cast<float>(a.width);
  float squares = 0.0F;
  for (int d = threadIdx.x; d < a.width; d += blockDim.x) squares += (x[d] - mean) * (x[d] - mean);
  const float factor =
      1.0F / sqrtf(BlockSum(squares, partial) / static_cast<float>(a.width) + a.epsilon);
  for (int d = threadIdx.x; d < a.width; d += blockDim.x) {
    const float y = (x[d] - mean) * factor * a.scale[d] + (a.shift == nullptr ? 0.0F : a.shift[d]);
    if (a.normed != nullptr) a.normed[row + d] = y;
    if (a.rounded != nullptr) a.rounded[row + d] = FromFloat<bf16>(y);
  }
}

// Without a norm: x += residual, and copies of x.
__global__ void CopyRowsKernel(NormArguments a, size_t count) {
  const size_t i = blockIdx.x * static_cast<size_t>(blockDim.x) + threadIdx.x;
  if (i >= count) return;
  float y = a.x[i];
  if (HasResidual(a)) {
    y += ResidualAt(a, i);
    a.x[i] = y;
  }
  if (a.normed != nullptr) a.normed[i] = y;
  if (a.rounded != nullptr) a.rounded[i] = FromFloat<bf16>(y);
}

bool StaysInRegisters(size_t width) { return width % 4 == 0 && width / 4 <= 8 * kMaxThreads; }

void LaunchNormRows(const NormArguments& a, unsigned rows, cudaStream_t stream) {
  const size_t quads = static_cast<size_t>(a.width) / 4;
  const unsigned threads = ThreadsFor(a.width % 4 == 0 ? quads : a.width);
  if (!StaysInRegisters(a.width)) {
    NormAnyRowKernel<<<rows, threads, 0, stream>>>(a);
  } else if (quads <= kMaxThreads) {
    NormRowKernel<1><<<rows, threads, 0, stream>>>(a);
  } else if (quads <= 2 * kMaxThreads) {
    NormRowKernel<2><<<rows, threads, 0, stream>>>(a);
  } else if (quads <= 4 * kMaxThreads) {
    NormRowKernel<4><<<rows, threads, 0, stream>>>(a);
  } else {
    NormRowKernel<8><<<rows, threads, 0, stream>>>(a);
  }
}

}  // namespace

Status LaunchEmbed(const EmbeddingTables& tables, const int32_t* ids, const int32_t* positions,
                   const Matrix& out, cudaStream_t stream) {
  EmbedKernel<<<static_cast<unsigned>(out.rows), ThreadsFor(out.columns), 0, stream>>>(
      tables.words.data(), tables.word_scale, OrNull(tables.positions), OrNull(tables.token_type),
      ids, positions, static_cast<int>(out.columns), out.f32());
  return LaunchStatus("embeddings");
}

// Whole rows' memory is a multiple of four numbers: rows are made up to whole blocks.
Status LaunchAdd(const Matrix& x, const Matrix& residual, cudaStream_t stream) {
  const size_t quads = (x.rows * x.columns + 3) / 4;
  AddKernel<<<BlocksFor(quads), kThreads, 0, stream>>>(
      static_cast<float4*>(x.data), static_cast<const float4*>(residual.data), quads);
  return LaunchStatus("residual");
}

Status LaunchAddBias(const float* bias, const Matrix& x, cudaStream_t stream) {
  const size_t count = x.rows * x.columns;
  if (x.dtype == tensor::DType::kBF16) {
    AddBiasKernel<<<BlocksFor(count), kThreads, 0, stream>>>(bias, x.columns, count,
                                                             static_cast<bf16*>(x.data));
  } else {
    AddBiasKernel<<<BlocksFor(count), kThreads, 0, stream>>>(bias, x.columns, count, x.f32());
  }
  return LaunchStatus("bias");
}

bool NormGivesFp8(const NormWeights& weights, size_t width) {
  return !weights.scale.empty() && width % 16 == 0 && StaysInRegisters(width);
}

Status LaunchAddNorm(const NormWeights& weights, const Matrix& x, const Matrix& residual,
                     const Matrix& normed, const Matrix& rounded, const Fp8Rows& quantized,
                     cudaStream_t stream) {
  const bool adds_bf16 = residual.dtype == tensor::DType::kBF16;
  const NormArguments arguments{
      .scale = OrNull(weights.scale),
      .shift = OrNull(weights.shift),
      .epsilon = weights.epsilon,
      .is_rms = weights.kind == NormKind::kRms,
      .x = x.f32(),
      .residual = adds_bf16 ? nullptr : residual.f32(),
      .residual_bf16 = adds_bf16 ? static_cast<const bf16*>(residual.data) : nullptr,
      .normed = normed.f32(),
      .rounded = static_cast<bf16*>(rounded.data),
      .quantized = quantized,
      .width = static_cast<int>(x.columns)};
  if (weights.scale.empty()) {
    const size_t count = x.rows * x.columns;
    CopyRowsKernel<<<BlocksFor(count), kThreads, 0, stream>>>(arguments, count);
  } else {
    LaunchNormRows(arguments, static_cast<unsigned>(x.rows), stream);
  }
  return LaunchStatus("norm");
}

}  // namespace llmembed::compute::cuda
