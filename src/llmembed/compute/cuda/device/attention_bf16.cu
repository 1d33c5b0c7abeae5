// softmax(Q K^T) V on tensor cores, block by block of keys with a running softmax (Dao et al.
// 2022). A block of threads takes the queries of one tile and one head, sixteen a warp; keys and
// values pass through shared memory, scores and sums stay in registers.
#include "compute/cuda/device/attention_arguments.cuh"
#include "compute/cuda/device/attention_steps.cuh"
#include "compute/cuda/device/kernels.cuh"
#include "compute/cuda/device/support.cuh"
#include "compute/cuda/device/tensor_core.cuh"

namespace llmembed::compute::cuda {
namespace {

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
