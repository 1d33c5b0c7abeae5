// Norms and rotations of the heads of queries and keys: a block a token, a warp a head at a time.
#include "compute/cuda/device/kernels.cuh"
#include "compute/cuda/device/support.cuh"

namespace llmembed::compute::cuda {
namespace {

constexpr int kWarps = 8;
constexpr int kPairs = 8;  // of (i, i + H / 2) a lane: heads of up to 512 numbers

struct HeadArguments {
  int query_heads, heads, head_size, row_width;  // heads: of queries and keys together
  const float* query_scale;
  const float* query_shift;
  const float* key_scale;
  const float* key_shift;
  bool query_is_rms, key_is_rms;
  float query_epsilon, key_epsilon;
  const float* cos;
  const float* sin;
};

// What a lane holds of a head: first[i] and second[i] are half a head apart; the middle number of
// an odd head, which no rotation turns, is the second of lane 0's pair `half`.
struct LaneHead {
  float first[kPairs];
  float second[kPairs];
};

__device__ inline void NormHead(const float* scale, const float* shift, bool is_rms, float epsilon,
                                int size, LaneHead* head, float* middle, int lane) {
  const int half = size / 2;
  float sum = lane == 0 ? *middle : 0.0F;
  for (int i = 0; i < kPairs; ++i) sum += head->first[i] + head->second[i];
  const float mean = is_rms ? 0.0F : WarpSum(sum) / static_cast<float>(size);
  float squares = 0.0F;
#pragma unroll
  for (int i = 0; i < kPairs; ++i) {
    if (lane + 32 * i >= half) continue;
    head->first[i] -= mean;
    head->second[i] -= mean;
    squares += head->first[i] * head->first[i] + head->second[i] * head->second[i];
  }
  *middle -= mean;
  if (lane == 0 && size % 2 != 0) squares += *middle * *middle;
  const float factor = 1.0F / sqrtf(WarpSum(squares) / static_cast<float>(size) + epsilon);
  const auto apply = [&](float x, int d) {
    return x * factor * scale[d] + (shift == nullptr ? 0.0F : shift[d]);
  };
#pragma unroll
  for (int i = 0; i < kPairs; ++i) {
    const int d = lane + 32 * i;
    if (d >= half) continue;
    head->first[i] = apply(head->first[i], d);
    head->second[i] = apply(head->second[i], d + half);
  }
  if (size % 2 != 0) *middle = apply(*middle, size - 1);
}

template <typename T>
__global__ void __launch_bounds__(32 * kWarps) HeadsKernel(HeadArguments a, T* qkv) {
  const int lane = threadIdx.x % 32;
  const int half = a.head_size / 2;
  const size_t token = blockIdx.x;
  for (int head = threadIdx.x / 32; head < a.heads; head += kWarps) {
    T* x = qkv + token * a.row_width + static_cast<size_t>(head) * a.head_size;
    LaneHead own;
#pragma unroll
    for (int i = 0; i < kPairs; ++i) {
      const int d = lane + 32 * i;
      own.first[i] = d < half ? ToFloat(x[d]) : 0.0F;
      own.second[i] = d < half ? ToFloat(x[d + half]) : 0.0F;
    }
    const bool is_odd = a.head_size % 2 != 0;
    float middle = is_odd ? ToFloat(x[a.head_size - 1]) : 0.0F;
    const bool is_query = head < a.query_heads;
    const float* scale = is_query ? a.query_scale : a.key_scale;
    if (scale != nullptr) {
      NormHead(scale, is_query ? a.query_shift : a.key_shift,
               is_query ? a.query_is_rms : a.key_is_rms, is_query ? a.query_epsilon : a.key_epsilon,
               a.head_size, &own, &middle, lane);
    }
#pragma unroll
    for (int i = 0; i < kPairs; ++i) {
      const int d = lane + 32 * i;
      if (d >= half) continue;
      const float cos = a.cos == nullptr ? 1.0F : a.cos[token * half + d];
      const float sin = a.sin == nullptr ? 0.0F : a.sin[token * half + d];
      x[d] = FromFloat<T>(own.first[i] * cos - own.second[i] * sin);
      x[d + half] = FromFloat<T>(own.second[i] * cos + own.first[i] * sin);
    }
    if (is_odd && lane == 0) x[a.head_size - 1] = FromFloat<T>(middle);
  }
}

// Rotations alone, of heads whose halves are whole packs: eight numbers of each half a thread.
__global__ void __launch_bounds__(32 * kWarps)
    RotateKernel(int heads, int half, int row_width, const float* cos, const float* sin,
                 bf16* qkv) {
  constexpr int kPack = Pack<bf16>::kSize;
  const int packs = half / kPack;  // of half a head
  const size_t token = blockIdx.x;
  for (int i = threadIdx.x; i < heads * packs; i += blockDim.x) {
    const int d = i % packs * kPack;
    bf16* x = qkv + token * row_width + static_cast<size_t>(i / packs) * 2 * half + d;
    Pack<bf16> first = *reinterpret_cast<const Pack<bf16>*>(x);
    Pack<bf16> second = *reinterpret_cast<const Pack<bf16>*>(x + half);
    const float* c = cos + token * half + d;
    const float* s = sin + token * half + d;
#pragma unroll
    for (int e = 0; e < kPack; ++e) {
      const float a = ToFloat(first.x[e]);
      const float b = ToFloat(second.x[e]);
      first.x[e] = FromFloat<bf16>(a * c[e] - b * s[e]);
      second.x[e] = FromFloat<bf16>(b * c[e] + a * s[e]);
    }
    *reinterpret_cast<Pack<bf16>*>(x) = first;
    *reinterpret_cast<Pack<bf16>*>(x + half) = second;
  }
}

}  // namespace

Status LaunchTransformHeads(const AttentionShape& shape, const HeadTransform& transform,
                            const Matrix& qkv, cudaStream_t stream) {
  if (shape.head_size > 2 * 32 * kPairs) {
    return {StatusCode::kUnsupported, "heads of more than 512 numbers on a GPU"};
  }
  const HeadArguments arguments{.query_heads = static_cast<int>(shape.heads),
                                .heads = static_cast<int>(shape.heads + shape.kv_heads),
                                .head_size = static_cast<int>(shape.head_size),
                                .row_width = static_cast<int>(shape.qkv_width()),
                                .query_scale = OrNull(transform.query_norm.scale),
                                .query_shift = OrNull(transform.query_norm.shift),
                                .key_scale = OrNull(transform.key_norm.scale),
                                .key_shift = OrNull(transform.key_norm.shift),
                                .query_is_rms = transform.query_norm.kind == NormKind::kRms,
                                .key_is_rms = transform.key_norm.kind == NormKind::kRms,
                                .query_epsilon = transform.query_norm.epsilon,
                                .key_epsilon = transform.key_norm.epsilon,
                                .cos = OrNull(transform.cos),
                                .sin = OrNull(transform.sin)};
  const auto blocks = static_cast<unsigned>(qkv.rows);
  const bool has_norm = arguments.query_scale != nullptr || arguments.key_scale != nullptr;
  if (qkv.dtype == tensor::DType::kBF16 && !has_norm && shape.head_size % 16 == 0 &&
      arguments.cos != nullptr) {
    RotateKernel<<<blocks, 32 * kWarps, 0, stream>>>(arguments.heads, arguments.head_size / 2,
                                                     arguments.row_width, arguments.cos,
                                                     arguments.sin, static_cast<bf16*>(qkv.data));
    return LaunchStatus("rotation");
  }
  if (qkv.dtype == tensor::DType::kBF16) {
    HeadsKernel<<<blocks, 32 * kWarps, 0, stream>>>(arguments, static_cast<bf16*>(qkv.data));
  } else {
    HeadsKernel<<<blocks, 32 * kWarps, 0, stream>>>(arguments, qkv.f32());
  }
  return LaunchStatus("heads");
}

}  // namespace llmembed::compute::cuda
