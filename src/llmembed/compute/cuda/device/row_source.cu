#include <algorithm>
#include <cstring>
#include <thread>
#include <utility>

#include "compute/cuda/device/row_ops.cuh"
#include "compute/cuda/device/row_source.cuh"
#include "compute/cuda/memory_plan.h"

namespace llmembed::compute::cuda {
namespace {

constexpr size_t kChunkBytes = size_t{16} << 20;
constexpr unsigned kSenders = 6;  // threads that bring features to the GPU

__global__ void StandardizeKernel(const double* mean, const double* scale, size_t rows,
                                  size_t width, float* values) {
  const size_t column = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (column >= width) return;
  for (size_t row = blockIdx.y; row < rows; row += gridDim.y) {
    float* value = values + row * width + column;
    *value = static_cast<float>((static_cast<double>(*value) - mean[column]) * scale[column]);
  }
}

// T: float, or four of them where rows are of whole fours.
template <typename T>
__global__ void GatherKernel(const T* features, size_t resident, const T* staged,
                             const uint32_t* places, size_t rows, size_t width, T* to) {
  const size_t column = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (column >= width) return;
  for (size_t row = blockIdx.y; row < rows; row += gridDim.y) {
    const size_t place = places[row];
    const T* from =
        place < resident ? features + place * width : staged + (place - resident) * width;
    to[row * width + column] = from[column];
  }
}

Result<DeviceMemory> SendDoubles(std::span<const double> from) {
  LLMEMBED_ASSIGN_OR_RETURN(DeviceMemory memory, AllocateDevice(from.size_bytes()));
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(
      cudaMemcpy(memory.get(), from.data(), from.size_bytes(), cudaMemcpyHostToDevice), "means"));
  return memory;
}

}  // namespace

Status LaunchStandardize(const double* mean, const double* scale, size_t rows, size_t width,
                         float* values, cudaStream_t stream) {
  StandardizeKernel<<<RowGrid(rows, width), kThreads, 0, stream>>>(mean, scale, rows, width,
                                                                   values);
  return LaunchStatus("standardisation");
}

Result<std::unique_ptr<RowSource>> CudaRowSource::Create(const HostRows& rows,
                                                         std::shared_ptr<CUstream_st> stream) {
  std::unique_ptr<CudaRowSource> made(new CudaRowSource(rows, std::move(stream)));
  LLMEMBED_ASSIGN_OR_RETURN(made->mean_, SendDoubles(rows.mean));
  LLMEMBED_ASSIGN_OR_RETURN(made->scale_, SendDoubles(rows.scale));
  size_t free = 0;
  size_t total = 0;
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaMemGetInfo(&free, &total), "memory of the GPU"));
  const size_t row_bytes = rows.width * sizeof(float);
  made->resident_ = RowsThatFit(free, row_bytes, rows.values.size() / rows.width);
  LLMEMBED_ASSIGN_OR_RETURN(made->features_, AllocateDevice(made->resident_ * row_bytes));
  LLMEMBED_RETURN_IF_ERROR(made->SendResident());
  return std::unique_ptr<RowSource>(std::move(made));
}

Status CudaRowSource::SendChunks(unsigned sender, int device) const {
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaSetDevice(device), "device"));
  const size_t width = rows_.width;
  const size_t chunk = std::max<size_t>(kChunkBytes / (width * sizeof(float)), 1);
  auto* features = static_cast<float*>(features_.get());
  LLMEMBED_ASSIGN_OR_RETURN(const auto pinned, AllocatePinned(chunk * width * sizeof(float)));
  LLMEMBED_ASSIGN_OR_RETURN(const auto sent, MakeEvent());
  for (size_t first = sender * chunk; first < resident_; first += kSenders * chunk) {
    const size_t rows = std::min(chunk, resident_ - first);
    const auto values = rows_.values.subspan(first * width, rows * width);
    LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaEventSynchronize(sent.get()), "features"));
    std::memcpy(pinned.get(), values.data(), values.size_bytes());
    LLMEMBED_RETURN_IF_ERROR(
        CudaStatus(cudaMemcpyAsync(features + first * width, pinned.get(), values.size_bytes(),
                                   cudaMemcpyHostToDevice, stream_.get()),
                   "features"));
    LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaEventRecord(sent.get(), stream_.get()), "features"));
  }
  return CudaStatus(cudaEventSynchronize(sent.get()), "features");
}

// What one core copies would keep the GPU waiting.
Status CudaRowSource::SendResident() {
  int device = 0;
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaGetDevice(&device), "device"));
  std::vector<Status> sent(kSenders);
  {
    std::vector<std::jthread> senders;
    for (unsigned i = 0; i < kSenders; ++i) {
      senders.emplace_back([this, i, device, &sent] {
        Status done = SendChunks(i, device);
        std::swap(sent[i], done);
      });
    }
  }
  for (const Status& one : sent) LLMEMBED_RETURN_IF_ERROR(one);
  if (resident_ == 0) return {};
  LLMEMBED_RETURN_IF_ERROR(LaunchStandardize(
      static_cast<const double*>(mean_.get()), static_cast<const double*>(scale_.get()), resident_,
      rows_.width, static_cast<float*>(features_.get()), stream_.get()));
  return CudaStatus(cudaStreamSynchronize(stream_.get()), "features");
}

Status CudaRowSource::Stage(std::span<const uint32_t> rows) {
  const size_t width = rows_.width;
  gathered_.clear();
  places_.assign(rows.begin(), rows.end());
  uint32_t staged = 0;
  for (uint32_t& place : places_) {
    if (place < resident_) continue;
    const auto row = rows_.values.subspan(place * width, width);
    gathered_.insert(gathered_.end(), row.begin(), row.end());
    place = static_cast<uint32_t>(resident_) + staged++;
  }
  staged_ = nullptr;
  if (staged == 0) return {};
  LLMEMBED_ASSIGN_OR_RETURN(const float* sent,
                            staging_.Send(std::span<const float>(gathered_), stream_.get()));
  staged_ = const_cast<float*>(sent);  // the copy is ours
  return LaunchStandardize(static_cast<const double*>(mean_.get()),
                           static_cast<const double*>(scale_.get()), staged, width, staged_,
                           stream_.get());
}

Status CudaRowSource::Gather(std::span<const uint32_t> rows, float* to) {
  if (rows.empty()) return {};
  LLMEMBED_RETURN_IF_ERROR(Stage(rows));
  LLMEMBED_ASSIGN_OR_RETURN(const uint32_t* places,
                            sent_places_.Send(std::span<const uint32_t>(places_), stream_.get()));
  const auto launch = [&]<typename T>(T* out, size_t width) {
    GatherKernel<<<RowGrid(rows.size(), width), kThreads, 0, stream_.get()>>>(
        static_cast<const T*>(features_.get()), resident_, reinterpret_cast<const T*>(staged_),
        places, rows.size(), width, out);
  };
  if (rows_.width % 4 == 0) {
    launch(reinterpret_cast<float4*>(to), rows_.width / 4);
  } else {
    launch(to, rows_.width);
  }
  return LaunchStatus("gathering rows");
}

}  // namespace llmembed::compute::cuda
