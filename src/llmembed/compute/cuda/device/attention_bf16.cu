// softmax(Q K^T) V on tensor cores, block by block of keys with a running softmax (Dao et al.
// 2022). A block of threads takes the queries of one tile and one head, sixteen a warp; keys and
// values pass through shared memory, scores and sums stay in registers.
#include "compute/cuda/device/attention_arguments.cuh"
#include "compute/cuda/device/kernels.cuh"
#include "compute/cuda/device/support.cuh"
#include "compute/cuda/device/tensor_core.cuh"

namespace llmembed::compute::cuda {
namespace {

constexpr float kLog2E = 1.4426950408889634F;

// 2^x; what would be less than the smallest normal number is 0.
__device__ inline float Exp2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// Sizes of a kernel for heads of up to kHead numbers, and blocks of kBlock keys.
template <int kHead, int kBlock>
struct Sizes {
  static constexpr int kHeadSize = kHead;  // at most
  static constexpr int kKeys = kBlock;
  // Sixteen bytes more than the numbers: eight rows then lie in different banks.
  static constexpr int kStride = kHead + 8;
  static constexpr int kHeadSteps = kHead / 16;        // of the products' inner dimension
  static constexpr int kHeadTiles = kHead / 8;         // of the sums' columns
  static constexpr int kKeyTiles = kKeys / 8;          // of the scores' columns
  static constexpr bool kKeepsQueries = kHead <= 128;  // in registers; else there are too few
  static size_t SharedBytes(int warps) {
    return static_cast<size_t>(16 * warps + 2 * kKeys) * kStride * sizeof(bf16);
  }
};

// Rows [first, first + rows) of a head into shared memory, zeros behind `limit` rows and behind the
// head's own numbers. from: the head's numbers in row 0.
template <typename S>
__device__ void LoadRows(const AttentionArguments& a, const bf16* from, int first, int rows,
                         int limit, bool in_packs, bf16* to) {
  constexpr int kStride = S::kStride;
  if (in_packs) {
    constexpr int kPacks = S::kHeadSize / 8;
    for (int i = threadIdx.x; i < rows * kPacks; i += blockDim.x) {
      const int row = i / kPacks;
      const int column = i % kPacks * 8;
      const bool is_there = first + row < limit && column < a.head_size;
      const bf16* source = from + static_cast<size_t>(first + row) * a.row_width + column;
      CopyAsync(to + row * kStride + column, is_there ? source : from, is_there);
    }
    return;
  }
  for (int i = threadIdx.x; i < rows * S::kHeadSize; i += blockDim.x) {
    const int row = i / S::kHeadSize;
    const int column = i % S::kHeadSize;
    const bool is_there = first + row < limit && column < a.head_size;
    to[row * kStride + column] = is_there
                                     ? from[static_cast<size_t>(first + row) * a.row_width + column]
                                     : __float2bfloat16_rn(0.0F);
  }
}

// What a warp knows of its queries. A lane has parts of the rows lane / 4 and 8 behind that.
template <typename S>
struct WarpState {
  float sum[S::kHeadTiles][4] = {};
  float largest[2] = {-INFINITY, -INFINITY};
  float total[2] = {0.0F, 0.0F};
};

struct Place {
  int head;
  int first_query;  // of the warp, in the text
  int first_key;    // of the block
  int keys;         // of the text
};

// score = Q K^T of a warp's queries and a block of keys.
template <typename S>
__device__ void Scores(const bf16* queries, const bf16* keys,
                       const uint32_t (&kept)[S::kHeadSteps][4], float (&score)[S::kKeyTiles][4]) {
#pragma unroll
  for (int tile = 0; tile < S::kKeyTiles; ++tile) {
    score[tile][0] = score[tile][1] = score[tile][2] = score[tile][3] = 0.0F;
  }
#pragma unroll
  for (int step = 0; step < S::kHeadSteps; ++step) {
    uint32_t query[4];
    if constexpr (S::kKeepsQueries) {
#pragma unroll
      for (int i = 0; i < 4; ++i) query[i] = kept[step][i];
    } else {
      LoadA(queries + step * 16, S::kStride, query);
    }
#pragma unroll
    for (int pair = 0; pair < S::kKeyTiles / 2; ++pair) {
      uint32_t key[4];
      LoadB(keys + pair * 16 * S::kStride + step * 16, S::kStride, key);
      Multiply(query, key[0], key[1], score[2 * pair]);
      Multiply(query, key[2], key[3], score[2 * pair + 1]);
    }
  }
}

// Scaled, capped, biased; what a query does not see is -infinity. In units of log 2.
template <typename S, bool kIsPlain>
__device__ void Finish(const AttentionArguments& a, const Place& place,
                       float (&score)[S::kKeyTiles][4]) {
  const int lane = threadIdx.x % 32;
  const bool sees_all = AllVisible(place.first_query, place.first_query + 16, place.first_key,
                                   place.first_key + S::kKeys, place.keys, a.is_causal, a.window);
  const float scale = a.scale * kLog2E;
#pragma unroll
  for (int tile = 0; tile < S::kKeyTiles; ++tile) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int query = place.first_query + lane / 4 + (i / 2) * 8;
      const int key = place.first_key + tile * 8 + lane % 4 * 2 + i % 2;
      if constexpr (kIsPlain) {
        score[tile][i] *= scale;
      } else {
        score[tile][i] =
            kLog2E * CappedAndBiased(a, score[tile][i] * a.scale, place.head, key - query);
      }
      if (!sees_all && !IsVisible(query, key, place.keys, a.is_causal, a.window)) {
        score[tile][i] = -INFINITY;
      }
    }
  }
}

// Scores become shares of the running softmax; what was summed up shrinks to its new largest score.
template <typename S>
__device__ void Soften(float (&score)[S::kKeyTiles][4], WarpState<S>* state) {
#pragma unroll
  for (int row = 0; row < 2; ++row) {
    float largest = state->largest[row];
#pragma unroll
    for (int tile = 0; tile < S::kKeyTiles; ++tile) {
      largest = fmaxf(largest, fmaxf(score[tile][2 * row], score[tile][2 * row + 1]));
    }
    largest = fmaxf(largest, __shfl_xor_sync(0xffffffffU, largest, 1));
    largest = fmaxf(largest, __shfl_xor_sync(0xffffffffU, largest, 2));
    const float base = largest == -INFINITY ? 0.0F : largest;  // no key was seen yet
    const float shrink = Exp2(state->largest[row] - base);
    state->largest[row] = largest;
    float total = 0.0F;
#pragma unroll
    for (int tile = 0; tile < S::kKeyTiles; ++tile) {
#pragma unroll
      for (int i = 2 * row; i < 2 * row + 2; ++i) {
        score[tile][i] = Exp2(score[tile][i] - base);
        total += score[tile][i];
      }
    }
    state->total[row] = state->total[row] * shrink + total;  // of this lane's keys
#pragma unroll
    for (int tile = 0; tile < S::kHeadTiles; ++tile) {
      state->sum[tile][2 * row] *= shrink;
      state->sum[tile][2 * row + 1] *= shrink;
    }
  }
}

// sum += shares V
template <typename S>
__device__ void AddValues(const float (&share)[S::kKeyTiles][4], const bf16* values,
                          WarpState<S>* state) {
#pragma unroll
  for (int step = 0; step < S::kKeys / 16; ++step) {
    // What the scores' tiles hold lies as the next product reads it.
    const uint32_t weights[4] = {PackPair(share[2 * step][0], share[2 * step][1]),
                                 PackPair(share[2 * step][2], share[2 * step][3]),
                                 PackPair(share[2 * step + 1][0], share[2 * step + 1][1]),
                                 PackPair(share[2 * step + 1][2], share[2 * step + 1][3])};
#pragma unroll
    for (int pair = 0; pair < S::kHeadTiles / 2; ++pair) {
      uint32_t value[4];
      LoadTransposedB(values + step * 16 * S::kStride + pair * 16, S::kStride, value);
      Multiply(weights, value[0], value[1], state->sum[2 * pair]);
      Multiply(weights, value[2], value[3], state->sum[2 * pair + 1]);
    }
  }
}

template <typename S>
__device__ void Store(const AttentionArguments& a, const AttentionTile& tile, const Place& place,
                      const WarpState<S>& state, bf16* out) {
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int row = 0; row < 2; ++row) {
    float total = state.total[row];
    total += __shfl_xor_sync(0xffffffffU, total, 1);
    total += __shfl_xor_sync(0xffffffffU, total, 2);
    const float factor = total > 0.0F ? 1.0F / total : 0.0F;
    const int query = place.first_query + lane / 4 + row * 8;
    if (query >= tile.tokens) continue;
    bf16* to = out + (static_cast<size_t>(tile.first_token) + query) * a.out_width +
               static_cast<size_t>(place.head) * a.head_size;
#pragma unroll
    for (int t = 0; t < S::kHeadTiles; ++t) {
      const int column = t * 8 + lane % 4 * 2;
      const float first = state.sum[t][2 * row] * factor;
      const float second = state.sum[t][2 * row + 1] * factor;
      if (column + 1 < a.head_size && a.head_size % 2 == 0) {
        *reinterpret_cast<uint32_t*>(to + column) = PackPair(first, second);
      } else {
        if (column < a.head_size) to[column] = __float2bfloat16_rn(first);
        if (column + 1 < a.head_size) to[column + 1] = __float2bfloat16_rn(second);
      }
    }
  }
}

// Texts of few queries have few keys too.
template <int kHead, int kWarps>
using SizesOf = Sizes<kHead, kHead <= 128 && kWarps == 4 ? 64 : 32>;

template <int kHead, int kWarps, bool kIsPlain>
__global__ void __launch_bounds__(32 * kWarps)
    AttentionKernel(AttentionArguments a, bool in_packs, const bf16* qkv, bf16* out) {
  using S = SizesOf<kHead, kWarps>;
  extern __shared__ __align__(16) unsigned char shared[];
  bf16* const queries = reinterpret_cast<bf16*>(shared);
  bf16* const keys = queries + 16 * kWarps * S::kStride;
  bf16* const values = keys + S::kKeys * S::kStride;
  const AttentionTile tile = a.tiles[blockIdx.x];
  const int warp = threadIdx.x / 32;
  Place place{.head = static_cast<int>(blockIdx.y),
              .first_query = tile.first_query + 16 * warp,
              .first_key = 0,
              .keys = tile.keys};
  const bf16* const text = qkv + static_cast<size_t>(tile.first_token) * a.row_width;
  const bf16* const all_keys = text + a.key_column + place.head / a.group * a.head_size;
  const bf16* const all_values = text + a.value_column + place.head / a.group * a.head_size;
  const int last_query = min(tile.first_query + 16 * kWarps, tile.tokens);
  const KeyBlocks range =
      VisibleKeys(tile.first_query, last_query, tile.keys, a.is_causal, a.window, S::kKeys);

  LoadRows<S>(a, text + place.head * a.head_size, tile.first_query, 16 * kWarps, tile.tokens,
              in_packs, queries);
  LoadRows<S>(a, all_keys, range.first, S::kKeys, tile.keys, in_packs, keys);
  CommitCopies();
  LoadRows<S>(a, all_values, range.first, S::kKeys, tile.keys, in_packs, values);
  CommitCopies();

  uint32_t kept[S::kHeadSteps][4];
  WarpState<S> state;
  for (place.first_key = range.first; place.first_key < range.last; place.first_key += S::kKeys) {
    WaitForCopies<1>();  // the keys are there, the values under way
    __syncthreads();
    if constexpr (S::kKeepsQueries) {
      if (place.first_key == range.first) {
#pragma unroll
        for (int step = 0; step < S::kHeadSteps; ++step) {
          LoadA(queries + 16 * warp * S::kStride + step * 16, S::kStride, kept[step]);
        }
      }
    }
    float score[S::kKeyTiles][4];
    Scores<S>(queries + 16 * warp * S::kStride, keys, kept, score);
    __syncthreads();  // every warp is done with the keys
    const int next = place.first_key + S::kKeys;
    if (next < range.last) {
      LoadRows<S>(a, all_keys, next, S::kKeys, tile.keys, in_packs, keys);
    }
    CommitCopies();
    Finish<S, kIsPlain>(a, place, score);
    Soften<S>(score, &state);
    WaitForCopies<1>();  // the values
    __syncthreads();
    AddValues<S>(score, values, &state);
    __syncthreads();
    if (next < range.last) {
      LoadRows<S>(a, all_values, next, S::kKeys, tile.keys, in_packs, values);
    }
    CommitCopies();
  }
  WaitForCopies<0>();
  Store<S>(a, tile, place, state, out);
}

struct Call {
  AttentionArguments arguments;
  dim3 grid;
  bool in_packs;
  const bf16* qkv;
  bf16* out;
  cudaStream_t stream;
};

template <int kHead, int kWarps, bool kIsPlain>
Status Run(const Call& call) {
  const auto kernel = AttentionKernel<kHead, kWarps, kIsPlain>;
  const size_t shared = SizesOf<kHead, kWarps>::SharedBytes(kWarps);
  // More than 48 KB a block have to be asked for; asking again costs nothing much.
  LLMEMBED_RETURN_IF_ERROR(
      CudaStatus(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                      static_cast<int>(shared)),
                 "attention's shared memory"));
  kernel<<<call.grid, 32 * kWarps, shared, call.stream>>>(call.arguments, call.in_packs, call.qkv,
                                                          call.out);
  return LaunchStatus("attention");
}

template <int kHead, bool kIsPlain>
Status RunWithWarps(unsigned warps, const Call& call) {
  if (warps == 1) return Run<kHead, 1, kIsPlain>(call);
  if (warps == 2) return Run<kHead, 2, kIsPlain>(call);
  return Run<kHead, 4, kIsPlain>(call);
}

template <int kHead>
Status RunHead(unsigned warps, const Call& call) {
  const bool is_plain = call.arguments.score_cap == 0.0F && call.arguments.bias == nullptr;
  return is_plain ? RunWithWarps<kHead, true>(warps, call)
                  : RunWithWarps<kHead, false>(warps, call);
}

}  // namespace

Status LaunchAttentionBF16(const AttentionShape& shape, const AttentionLaunch& launch,
                           const Matrix& qkv, const Matrix& out, cudaStream_t stream) {
  const Call call{
      .arguments = ArgumentsOf(shape, launch.tiles),
      .grid = dim3(static_cast<unsigned>(launch.count), static_cast<unsigned>(shape.heads)),
      .in_packs = shape.head_size % 8 == 0,
      .qkv = static_cast<const bf16*>(qkv.data),
      .out = static_cast<bf16*>(out.data),
      .stream = stream};
  if (shape.head_size <= 32) return RunHead<32>(launch.warps, call);
  if (shape.head_size <= 64) return RunHead<64>(launch.warps, call);
  if (shape.head_size <= 128) return RunHead<128>(launch.warps, call);
  if (shape.head_size <= 256) return RunHead<256>(launch.warps, call);
  return {StatusCode::kUnsupported, "heads of more than 256 numbers in bf16 on a GPU"};
}

}  // namespace llmembed::compute::cuda
