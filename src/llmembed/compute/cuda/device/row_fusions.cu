// What fusions are computed with: copies, means, maxima and products of vectors.
#include <algorithm>

#include "compute/cuda/device/row_ops.cuh"
#include "compute/cuda/row_arithmetic.h"

namespace llmembed::compute::cuda {
namespace {

constexpr size_t kMaxArguments = 256;
constexpr int kWarps = kThreads / 32;
constexpr float kSmallestNorm = 1e-12F;  // below it a vector counts as 0

// The vectors that go into one, passed to a kernel by value.
template <typename T>
struct Arguments {
  T* data[kMaxArguments];
  uint32_t stride[kMaxArguments];
  int count;

  __device__ T* At(int argument, size_t row, size_t column) const {
    return data[argument] + row * stride[argument] + column;
  }
};

template <typename T>
Result<Arguments<T>> Pass(std::span<const RowBlock<T>> blocks) {
  if (blocks.size() > kMaxArguments) {
    return Status(StatusCode::kUnsupported, "a mean or maximum of " +
                                                std::to_string(blocks.size()) +
                                                " vectors is not trained on a GPU, of 256 at most");
  }
  Arguments<T> passed{};
  passed.count = static_cast<int>(blocks.size());
  for (size_t i = 0; i < blocks.size(); ++i) {
    passed.data[i] = blocks[i].data;
    passed.stride[i] = static_cast<uint32_t>(blocks[i].stride);
  }
  return passed;
}

__global__ void CopyKernel(RowBlock<const float> from, size_t rows, RowBlock<float> to) {
  const size_t column = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (column >= from.width) return;
  for (size_t row = blockIdx.y; row < rows; row += gridDim.y) {
    to.data[row * to.stride + column] = from.data[row * from.stride + column];
  }
}

__global__ void AddScaledKernel(RowBlock<const float> from, float factor, size_t rows,
                                RowBlock<float> to) {
  const size_t column = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (column >= from.width) return;
  for (size_t row = blockIdx.y; row < rows; row += gridDim.y) {
    float* sum = to.data + row * to.stride + column;
    *sum = __fadd_rn(*sum, __fmul_rn(from.data[row * from.stride + column], factor));
  }
}

__global__ void AverageKernel(Arguments<const float> arguments, size_t rows,
                              RowBlock<float> result) {
  const size_t column = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (column >= result.width) return;
  for (size_t row = blockIdx.y; row < rows; row += gridDim.y) {
    double sum = 0.0;
    for (int i = 0; i < arguments.count; ++i) sum += *arguments.At(i, row, column);
    result.data[row * result.stride + column] = static_cast<float>(sum / arguments.count);
  }
}

__global__ void MaximumKernel(Arguments<const float> arguments, size_t rows,
                              RowBlock<float> result) {
  const size_t column = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (column >= result.width) return;
  for (size_t row = blockIdx.y; row < rows; row += gridDim.y) {
    float largest = *arguments.At(0, row, column);
    for (int i = 1; i < arguments.count; ++i) {
      const float x = *arguments.At(i, row, column);
      largest = largest < x ? x : largest;
    }
    result.data[row * result.stride + column] = largest;
  }
}

__global__ void MaximumGradientKernel(Arguments<const float> arguments,
                                      RowBlock<const float> result, RowBlock<const float> of_result,
                                      size_t rows, Arguments<float> of_arguments) {
  const size_t column = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (column >= result.width) return;
  for (size_t row = blockIdx.y; row < rows; row += gridDim.y) {
    const float largest = result.data[row * result.stride + column];
    int chosen = 0;
    while (chosen + 1 < arguments.count && *arguments.At(chosen, row, column) != largest) ++chosen;
    if (of_arguments.data[chosen] == nullptr) continue;
    *of_arguments.At(chosen, row, column) += of_result.data[row * of_result.stride + column];
  }
}

__device__ inline float CoSigmoid(float x) { return 1.0F / (1.0F + expf(-x)); }

__device__ inline float CoSlope(const CoOccurrence& co) {
  return co.learned_slope != nullptr ? *co.learned_slope : co.slope;
}

// By one warp; every lane gets it.
__device__ inline float WarpDot(const float* a, const float* b, size_t count) {
  float sum = 0.0F;
#pragma unroll 4
  for (size_t k = threadIdx.x % 32; k < count; k += 32) sum += a[k] * b[k];
  return WarpSum(sum);
}

// A warp a vector.
__global__ void DivideByLengthKernel(CoOccurrence co, size_t vectors) {
  const size_t vector = blockIdx.x * static_cast<size_t>(kWarps) + threadIdx.x / 32;
  if (vector >= vectors) return;
  float* x = co.x + vector * co.width;
  const float norm = sqrtf(WarpDot(x, x, co.width));
  const float inverse = norm > kSmallestNorm ? 1.0F / norm : 0.0F;
  for (size_t k = threadIdx.x % 32; k < co.width; k += 32) x[k] *= inverse;
  if (threadIdx.x % 32 == 0) co.inverse_lengths[vector] = inverse;
}

// A block a row, a warp a pair of vectors at a time.
__global__ void CoOccurKernel(CoOccurrence co, RowBlock<float> result) {
  const size_t row = blockIdx.x;
  const float* x = co.x + row * co.vectors * co.width;
  const float slope = CoSlope(co);
  const int pairs = static_cast<int>(co.vectors * (co.vectors + 1) / 2);
  for (int pair = threadIdx.x / 32; pair < pairs; pair += kWarps) {
    size_t i = 0;
    size_t j = pair;  // of the pairs from row i on
    while (j >= co.vectors - i) j -= co.vectors - i++;
    j += i;
    const float product = WarpDot(x + i * co.width, x + j * co.width, co.width);
    if (threadIdx.x % 32 != 0) continue;
    const float pooled = 2.0F * CoSigmoid(slope * product) - 1.0F;
    const auto write = [&](size_t entry) {
      co.products[row * co.entries() + entry] = product;
      result.data[row * result.stride + entry] = pooled;
    };
    write(CoEntry(co.vectors, co.is_upper, i, j));
    if (!co.is_upper && i != j) write(CoEntry(co.vectors, false, j, i));
  }
}

// A block a row: its products become the gradients of the products, and of_slopes[row] the slope's.
__global__ void CoProductGradientKernel(CoOccurrence co, RowBlock<const float> of_result,
                                        double* of_slopes) {
  __shared__ float partial[kWarps];
  const size_t row = blockIdx.x;
  const float slope = CoSlope(co);
  float of_slope = 0.0F;
  for (size_t entry = threadIdx.x; entry < co.entries(); entry += kThreads) {
    float* product = co.products + row * co.entries() + entry;
    const float s = CoSigmoid(slope * *product);
    const float of_argument =
        of_result.data[row * of_result.stride + entry] * 2.0F * s * (1.0F - s);
    of_slope += of_argument * *product;
    *product = of_argument * slope;
  }
  of_slope = BlockSum(of_slope, partial);
  if (threadIdx.x == 0) of_slopes[row] = of_slope;
}

// of_x_i = the sum over j of (c_ij + c_ji) x_j: a thread a value of all a row's vectors.
__global__ void CoVectorGradientKernel(CoOccurrence co, size_t rows, float* of_x) {
  const size_t k = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (k >= co.width) return;
  for (size_t row = blockIdx.y; row < rows; row += gridDim.y) {
    const float* x = co.x + row * co.vectors * co.width + k;
    const float* c = co.products + row * co.entries();
    for (size_t i = 0; i < co.vectors; ++i) {
      float sum = 0.0F;
      for (size_t j = 0; j < co.vectors; ++j) {
        const size_t low = i < j ? i : j;
        const size_t high = i < j ? j : i;
        const float one = c[CoEntry(co.vectors, co.is_upper, low, high)];
        const float other = co.is_upper ? (i == j ? one : 0.0F) : c[high * co.vectors + low];
        sum += (one + other) * x[j * co.width];
      }
      of_x[(row * co.vectors + i) * co.width + k] = sum;
    }
  }
}

// x = z / |z|: dz = (dx - x (x . dx)) / |z|. A warp a vector.
__global__ void UndoDivisionKernel(CoOccurrence co, size_t vectors, float* of_x) {
  const size_t vector = blockIdx.x * static_cast<size_t>(kWarps) + threadIdx.x / 32;
  if (vector >= vectors) return;
  const float* x = co.x + vector * co.width;
  float* gradient = of_x + vector * co.width;
  const float along = WarpDot(x, gradient, co.width);
  const float inverse = co.inverse_lengths[vector];
  for (size_t k = threadIdx.x % 32; k < co.width; k += 32) {
    gradient[k] = (gradient[k] - along * x[k]) * inverse;
  }
}

__global__ void RoundSumKernel(const double* sum, float* to) { *to = static_cast<float>(*sum); }

unsigned WarpBlocks(size_t warps) { return static_cast<unsigned>((warps + kWarps - 1) / kWarps); }

}  // namespace

Status CudaRowOps::CopyRows(RowBlock<const float> from, size_t rows, RowBlock<float> to) {
  if (rows == 0 || from.width == 0) return {};
  CopyKernel<<<RowGrid(rows, from.width), kThreads, 0, stream_.get()>>>(from, rows, to);
  return LaunchStatus("copying rows");
}

Status CudaRowOps::AddRows(RowBlock<const float> from, float factor, size_t rows,
                           RowBlock<float> to) {
  if (rows == 0 || from.width == 0) return {};
  AddScaledKernel<<<RowGrid(rows, from.width), kThreads, 0, stream_.get()>>>(from, factor, rows,
                                                                             to);
  return LaunchStatus("adding rows");
}

Status CudaRowOps::Average(std::span<const RowBlock<const float>> arguments, size_t rows,
                           RowBlock<float> result) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto passed, Pass(arguments));
  AverageKernel<<<RowGrid(rows, result.width), kThreads, 0, stream_.get()>>>(passed, rows, result);
  return LaunchStatus("means");
}

Status CudaRowOps::Maximum(std::span<const RowBlock<const float>> arguments, size_t rows,
                           RowBlock<float> result) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto passed, Pass(arguments));
  MaximumKernel<<<RowGrid(rows, result.width), kThreads, 0, stream_.get()>>>(passed, rows, result);
  return LaunchStatus("maxima");
}

Status CudaRowOps::MaximumGradient(std::span<const RowBlock<const float>> arguments,
                                   RowBlock<const float> result, RowBlock<const float> of_result,
                                   size_t rows, std::span<const RowBlock<float>> of_arguments) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto passed, Pass(arguments));
  LLMEMBED_ASSIGN_OR_RETURN(const auto gradients, Pass(of_arguments));
  MaximumGradientKernel<<<RowGrid(rows, result.width), kThreads, 0, stream_.get()>>>(
      passed, result, of_result, rows, gradients);
  return LaunchStatus("gradient of maxima");
}

Status CudaRowOps::CoOccur(const CoOccurrence& co, size_t rows, RowBlock<float> result) {
  const size_t vectors = rows * co.vectors;
  if (co.is_normalised) {
    DivideByLengthKernel<<<WarpBlocks(vectors), kThreads, 0, stream_.get()>>>(co, vectors);
  }
  CoOccurKernel<<<static_cast<unsigned>(rows), kThreads, 0, stream_.get()>>>(co, result);
  return LaunchStatus("co-occurrence pooling");
}

Status CudaRowOps::CoOccurGradient(const CoOccurrence& co, size_t rows,
                                   RowBlock<const float> of_result, float* of_x, float* of_slope) {
  LLMEMBED_RETURN_IF_ERROR(partial_sums_.Resize(this, rows + 1));
  double* const slopes = partial_sums_.data();
  CoProductGradientKernel<<<static_cast<unsigned>(rows), kThreads, 0, stream_.get()>>>(
      co, of_result, slopes);
  if (of_slope != nullptr) {
    double* const sum = slopes + rows;
    LLMEMBED_RETURN_IF_ERROR(Zero(sum, sizeof(double)));
    LLMEMBED_RETURN_IF_ERROR(LaunchAddUp(slopes, rows, 1.0, sum, stream_.get()));
    RoundSumKernel<<<1, 1, 0, stream_.get()>>>(sum, of_slope);
  }
  CoVectorGradientKernel<<<RowGrid(rows, co.width), kThreads, 0, stream_.get()>>>(co, rows, of_x);
  if (co.is_normalised) {
    const size_t vectors = rows * co.vectors;
    UndoDivisionKernel<<<WarpBlocks(vectors), kThreads, 0, stream_.get()>>>(co, vectors, of_x);
  }
  return LaunchStatus("gradient of co-occurrence pooling");
}

}  // namespace llmembed::compute::cuda
