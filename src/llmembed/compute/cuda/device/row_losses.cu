// Losses with their gradients, and how good logits are: a warp a row.
#include "compute/cuda/device/row_ops.cuh"

namespace llmembed::compute::cuda {
namespace {

constexpr int kWarps = kThreads / 32;
constexpr float kSmallestProbability = 1.1920929e-7F;  // f32's epsilon

__device__ inline double WarpSumOfDoubles(double x) {
  for (int offset = 16; offset > 0; offset /= 2) x += __shfl_xor_sync(0xffffffffU, x, offset);
  return x;
}

__device__ inline size_t WarpRow() {
  return blockIdx.x * static_cast<size_t>(kWarps) + threadIdx.x / 32;
}

// The largest of a row.
__device__ inline float Largest(const float* row, size_t classes) {
  float largest = -INFINITY;
  bool is_number = true;  // as fmaxf passes NaN over
  for (size_t c = threadIdx.x % 32; c < classes; c += 32) {
    largest = fmaxf(largest, row[c]);
    is_number = is_number && !isnan(row[c]);
  }
  largest = WarpMax(largest);
  return __all_sync(0xffffffffU, is_number) ? largest : NAN;
}

__device__ inline void Softmax(const float* logits, size_t classes, float* probabilities) {
  const float largest = Largest(logits, classes);
  double sum = 0.0;
  for (size_t c = threadIdx.x % 32; c < classes; c += 32) {
    probabilities[c] = expf(logits[c] - largest);
    sum += probabilities[c];
  }
  const auto scale = static_cast<float>(1.0 / WarpSumOfDoubles(sum));
  for (size_t c = threadIdx.x % 32; c < classes; c += 32) probabilities[c] *= scale;
}

// The loss of one row of weight 1 (compute/losses.cc); logits become their gradient.
__device__ inline double CrossEntropy(uint32_t label, double smoothing, size_t classes,
                                      float* logits) {
  const float largest = Largest(logits, classes);
  const double shifted_label = logits[label] - largest;
  __syncwarp();
  double shifted_mean = 0.0;
  double sum = 0.0;
  for (size_t c = threadIdx.x % 32; c < classes; c += 32) {
    const float shifted = logits[c] - largest;
    shifted_mean += shifted;
    logits[c] = expf(shifted);
    sum += logits[c];
  }
  sum = WarpSumOfDoubles(sum);
  const auto count = static_cast<double>(classes);
  shifted_mean = WarpSumOfDoubles(shifted_mean) / count;
  const auto scale = static_cast<float>(1.0 / sum);
  const auto spread = static_cast<float>(smoothing / count);
  for (size_t c = threadIdx.x % 32; c < classes; c += 32) {
    logits[c] = logits[c] * scale - spread;
    if (c == label) logits[c] -= static_cast<float>(1.0 - smoothing);
  }
  return log(sum) - (1.0 - smoothing) * shifted_label - smoothing * shifted_mean;
}

// From d loss / d p to d loss / d z, p = softmax(z): p_i (d_i - sum_j p_j d_j).
__device__ inline void ThroughSoftmax(const float* p, size_t classes, float* gradient) {
  double mean = 0.0;
  for (size_t c = threadIdx.x % 32; c < classes; c += 32) mean += p[c] * gradient[c];
  const auto rounded = static_cast<float>(WarpSumOfDoubles(mean));
  for (size_t c = threadIdx.x % 32; c < classes; c += 32) {
    gradient[c] = p[c] * (gradient[c] - rounded);
  }
}

struct Targets {
  const uint32_t* labels;
  const float* weights;
  double smoothing;
  size_t rows, classes;
};

// probabilities: [rows, classes] for the double softmax, else null. losses: [rows].
__global__ void LossKernel(Targets targets, float* logits, float* probabilities, double* losses) {
  const size_t row = WarpRow();
  if (row >= targets.rows) return;
  const int lane = threadIdx.x % 32;
  float* own = logits + row * targets.classes;
  const float weight = targets.weights[row];
  if (weight == 0.0F) {
    for (size_t c = lane; c < targets.classes; c += 32) own[c] = 0.0F;
    if (lane == 0) losses[row] = 0.0;
    return;
  }
  float* p = nullptr;
  if (probabilities != nullptr) {
    p = probabilities + row * targets.classes;
    Softmax(own, targets.classes, p);
    for (size_t c = lane; c < targets.classes; c += 32) own[c] = p[c];
    __syncwarp();
  }
  const double loss = CrossEntropy(targets.labels[row], targets.smoothing, targets.classes, own);
  if (lane == 0) losses[row] = weight * loss;
  for (size_t c = lane; c < targets.classes; c += 32) own[c] *= weight;
  if (p != nullptr) ThroughSoftmax(p, targets.classes, own);
}

// scores: [rows] of 0 or 1, then [rows] of -log p.
__global__ void ScoreKernel(const uint32_t* labels, size_t rows, size_t classes,
                            const float* logits, float* probabilities, double* scores) {
  const size_t row = WarpRow();
  if (row >= rows) return;
  const int lane = threadIdx.x % 32;
  float* p = probabilities + row * classes;
  Softmax(logits + row * classes, classes, p);
  __syncwarp();
  // The first of the largest.
  float best = -INFINITY;
  uint32_t where = 0xffffffffU;
  for (size_t c = lane; c < classes; c += 32) {
    if (p[c] > best) {
      best = p[c];
      where = static_cast<uint32_t>(c);
    }
  }
  for (int offset = 16; offset > 0; offset /= 2) {
    const float other = __shfl_xor_sync(0xffffffffU, best, offset);
    const uint32_t there = __shfl_xor_sync(0xffffffffU, where, offset);
    if (other > best || (other == best && there < where)) {
      best = other;
      where = there;
    }
  }
  if (lane != 0) return;
  scores[row] = where == labels[row] ? 1.0 : 0.0;
  scores[rows + row] = -logf(fmaxf(p[labels[row]], kSmallestProbability));
}

__global__ void AddUpKernel(const double* parts, size_t count, double times, double* sum) {
  __shared__ double partial[kWarps];
  double own = 0.0;
  for (size_t i = threadIdx.x; i < count; i += kThreads) own += parts[i];
  own = WarpSumOfDoubles(own);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = own;
  __syncthreads();
  if (threadIdx.x != 0) return;
  double total = 0.0;
  for (const double part : partial) total += part;
  *sum += times * total;
}

unsigned WarpBlocksOf(size_t rows) { return static_cast<unsigned>((rows + kWarps - 1) / kWarps); }

}  // namespace

Status LaunchAddUp(const double* parts, size_t count, double times, double* sum,
                   cudaStream_t stream) {
  AddUpKernel<<<1, kThreads, 0, stream>>>(parts, count, times, sum);
  return LaunchStatus("sums");
}

Status CudaRowOps::AddLoss(Loss loss, const LossTargets& targets, size_t classes, double times,
                           float* logits, double* sum) {
  const size_t rows = targets.labels.size();
  if (rows == 0) return {};
  LLMEMBED_RETURN_IF_ERROR(partial_sums_.Resize(this, rows));
  float* probabilities = nullptr;
  if (loss == Loss::kDoubleSoftmax) {
    LLMEMBED_RETURN_IF_ERROR(probabilities_.Resize(this, rows * classes));
    probabilities = probabilities_.data();
  }
  Targets sent{.smoothing = targets.label_smoothing, .rows = rows, .classes = classes};
  LLMEMBED_ASSIGN_OR_RETURN(sent.labels, labels_.Send(targets.labels, stream_.get()));
  LLMEMBED_ASSIGN_OR_RETURN(sent.weights, weights_.Send(targets.weights, stream_.get()));
  LossKernel<<<WarpBlocksOf(rows), kThreads, 0, stream_.get()>>>(sent, logits, probabilities,
                                                                 partial_sums_.data());
  return LaunchAddUp(partial_sums_.data(), rows, times, sum, stream_.get());
}

Status CudaRowOps::AddScores(std::span<const uint32_t> labels, size_t classes, const float* logits,
                             double* sums) {
  const size_t rows = labels.size();
  if (rows == 0) return {};
  LLMEMBED_RETURN_IF_ERROR(partial_sums_.Resize(this, 2 * rows));
  LLMEMBED_RETURN_IF_ERROR(probabilities_.Resize(this, rows * classes));
  LLMEMBED_ASSIGN_OR_RETURN(const uint32_t* sent, labels_.Send(labels, stream_.get()));
  double* const scores = partial_sums_.data();
  ScoreKernel<<<WarpBlocksOf(rows), kThreads, 0, stream_.get()>>>(sent, rows, classes, logits,
                                                                  probabilities_.data(), scores);
  LLMEMBED_RETURN_IF_ERROR(LaunchAddUp(scores, rows, 1.0, sums, stream_.get()));
  return LaunchAddUp(scores + rows, rows, 1.0, sums + 1, stream_.get());
}

}  // namespace llmembed::compute::cuda
