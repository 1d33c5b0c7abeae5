// softmax(Q K^T) V in f32: a warp a query, a lane a key and then a lane a column. For comparing
// with other backends; what is to be fast computes in bf16.
#include "compute/cuda/device/attention_arguments.cuh"
#include "compute/cuda/device/kernels.cuh"
#include "compute/cuda/device/support.cuh"

namespace llmembed::compute::cuda {
namespace {

constexpr int kWarps = 4;
constexpr int kQueriesAWarp = static_cast<int>(kWarpQueries) / kWarps;
constexpr int kColumns = 16;  // of a head a lane: heads of up to 512 numbers

struct Softmax {
  float largest = -INFINITY;
  float total = 0.0F;
};

__device__ float ScoreOf(const AttentionArguments& a, const float* query, const float* key,
                         int head, int distance) {
  float dot = 0.0F;
  for (int d = 0; d < a.head_size; ++d) dot += query[d] * key[d];
  return CappedAndBiased(a, dot * a.scale, head, distance);
}

// The keys [first, last) for one query; sum[i] is column lane + 32 i of what they add up to.
__device__ void AttendKeys(const AttentionArguments& a, const AttentionTile& tile, const float* qkv,
                           const float* query, int head, int position, KeyBlocks range,
                           Softmax* softmax, float* sum) {
  const int lane = threadIdx.x % 32;
  const int kv_head = head / a.group;
  const float* base = qkv + static_cast<size_t>(tile.first_token) * a.row_width;
  const float* keys = base + a.key_column + kv_head * a.head_size;
  const float* values = base + a.value_column + kv_head * a.head_size;
  for (int first = range.first; first < range.last; first += 32) {
    const int key = first + lane;
    float score = -INFINITY;
    if (key < range.last && IsVisible(position, key, tile.keys, a.is_causal, a.window)) {
      score =
          ScoreOf(a, query, keys + static_cast<size_t>(key) * a.row_width, head, key - position);
    }
    const float largest = fmaxf(softmax->largest, WarpMax(score));
    if (largest == -INFINITY) continue;
    const float shrink = expf(softmax->largest - largest);
    const float share = expf(score - largest);
    softmax->largest = largest;
    softmax->total = softmax->total * shrink + WarpSum(share);
#pragma unroll
    for (int i = 0; i < kColumns; ++i) sum[i] *= shrink;
    for (int j = 0; j < 32 && first + j < range.last; ++j) {
      const float weight = __shfl_sync(0xffffffffU, share, j);
      const float* value = values + static_cast<size_t>(first + j) * a.row_width;
#pragma unroll
      for (int i = 0; i < kColumns; ++i) {
        if (lane + 32 * i < a.head_size) sum[i] += weight * value[lane + 32 * i];
      }
    }
  }
}

__global__ void __launch_bounds__(32 * kWarps)
    AttentionF32Kernel(AttentionArguments a, const float* qkv, float* out) {
  const AttentionTile tile = a.tiles[blockIdx.x];
  const int head = blockIdx.y;
  const int lane = threadIdx.x % 32;
  const int first = tile.first_query + static_cast<int>(threadIdx.x) / 32 * kQueriesAWarp;
  for (int position = first; position < min(first + kQueriesAWarp, tile.tokens); ++position) {
    const size_t token = static_cast<size_t>(tile.first_token) + position;
    const KeyBlocks range =
        VisibleKeys(position, position + 1, tile.keys, a.is_causal, a.window, 1);
    Softmax softmax;
    float sum[kColumns] = {};
    AttendKeys(a, tile, qkv, qkv + token * a.row_width + head * a.head_size, head, position, range,
               &softmax, sum);
    const float factor = softmax.total > 0.0F ? 1.0F / softmax.total : 0.0F;
#pragma unroll
    for (int i = 0; i < kColumns; ++i) {
      const int d = lane + 32 * i;
      if (d < a.head_size) out[token * a.out_width + head * a.head_size + d] = sum[i] * factor;
    }
  }
}

}  // namespace

Status LaunchAttentionF32(const AttentionShape& shape, const AttentionLaunch& launch,
                          const Matrix& qkv, const Matrix& out, cudaStream_t stream) {
  if (shape.head_size > 32 * kColumns) {
    return {StatusCode::kUnsupported, "heads of more than 512 numbers on a GPU"};
  }
  const dim3 grid(static_cast<unsigned>(launch.count), static_cast<unsigned>(shape.heads));
  AttentionF32Kernel<<<grid, 32 * kWarps, 0, stream>>>(ArgumentsOf(shape, launch.tiles), qkv.f32(),
                                                       out.f32());
  return LaunchStatus("attention in f32");
}

}  // namespace llmembed::compute::cuda
