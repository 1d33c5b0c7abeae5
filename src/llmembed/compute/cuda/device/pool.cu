// From the states of a text's tokens to one vector: a thread a column of a text.
#include "compute/cuda/device/kernels.cuh"
#include "compute/cuda/device/support.cuh"

namespace llmembed::compute::cuda {
namespace {

constexpr unsigned kPoolThreads = 128;

// Sums go in the order of the tokens, as by plain loops.
__global__ void PoolKernel(PoolRule rule, const int32_t* starts, const int32_t* lengths, int width,
                           const float* states, float* out) {
  const int column = blockIdx.x * kPoolThreads + threadIdx.x;
  const size_t text = blockIdx.y;
  if (column >= width) return;
  const int first = starts[text];
  const int padded = starts[text + 1] - first;
  const int own = lengths == nullptr ? padded : lengths[text];
  const float* state = states + static_cast<size_t>(first) * width + column;
  float result = state[0];
  if (rule == PoolRule::kLast) {
    result = state[static_cast<size_t>(own - 1) * width];
  } else if (rule == PoolRule::kMax) {
    for (int t = 1; t < own; ++t) result = fmaxf(result, state[static_cast<size_t>(t) * width]);
  } else if (rule != PoolRule::kFirst) {
    const int count = rule == PoolRule::kMean ? own : padded;
#pragma unroll 8
    for (int t = 1; t < count; ++t) result += state[static_cast<size_t>(t) * width];
    result = __fdiv_rn(result, static_cast<float>(count));
  }
  out[text * width + column] = result;
}

__global__ void RoundKernel(const float* from, bf16* to, size_t count) {
  const size_t i = blockIdx.x * static_cast<size_t>(blockDim.x) + threadIdx.x;
  if (i < count) to[i] = FromFloat<bf16>(from[i]);
}

}  // namespace

Status LaunchPool(PoolRule rule, const int32_t* starts, const int32_t* lengths, size_t texts,
                  const Matrix& states, const Matrix& out, cudaStream_t stream) {
  constexpr size_t kTextsAtATime = 65535;  // of a grid's second dimension
  const auto columns = static_cast<unsigned>((states.columns + kPoolThreads - 1) / kPoolThreads);
  for (size_t first = 0; first < texts; first += kTextsAtATime) {
    const dim3 grid(columns, static_cast<unsigned>(std::min(kTextsAtATime, texts - first)));
    PoolKernel<<<grid, kPoolThreads, 0, stream>>>(
        rule, starts + first, lengths == nullptr ? nullptr : lengths + first,
        static_cast<int>(states.columns), states.f32(), out.f32() + first * out.columns);
  }
  return LaunchStatus("pooling");
}

Status LaunchRound(const float* from, void* to, size_t count, cudaStream_t stream) {
  if (count == 0) return {};
  RoundKernel<<<BlocksFor(count), kThreads, 0, stream>>>(from, static_cast<bf16*>(to), count);
  return LaunchStatus("rounding");
}

}  // namespace llmembed::compute::cuda
