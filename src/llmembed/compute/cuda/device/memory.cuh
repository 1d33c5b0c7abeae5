// Memory of the device, and memory of the host that it copies from and to without waiting.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "compute/cuda/device/support.cuh"
#include "compute/matrix.h"
#include "llmembed/status.h"

namespace llmembed::compute::cuda {

// At least one byte of zeros.
inline Result<DeviceMemory> AllocateDevice(size_t bytes) {
  void* memory = nullptr;
  bytes = bytes == 0 ? 1 : bytes;
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaMalloc(&memory, bytes), "memory of the GPU"));
  DeviceMemory owned(memory, [](void* pointer) { (void)cudaFree(pointer); });
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaMemset(memory, 0, bytes), "zeros"));
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaStreamSynchronize(nullptr), "zeros"));
  return owned;
}

// Memory of the host that stays where it is.
inline Result<std::shared_ptr<std::byte>> AllocatePinned(size_t bytes) {
  void* memory = nullptr;
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaMallocHost(&memory, bytes), "memory of the host"));
  return std::shared_ptr<std::byte>(static_cast<std::byte*>(memory),
                                    [](std::byte* pointer) { (void)cudaFreeHost(pointer); });
}

using Event = std::shared_ptr<CUevent_st>;

// One that nothing was recorded in yet: whoever waits for it does not.
inline Result<Event> MakeEvent() {
  cudaEvent_t event = nullptr;
  LLMEMBED_RETURN_IF_ERROR(
      CudaStatus(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "event"));
  return Event(event, [](cudaEvent_t old) { (void)cudaEventDestroy(old); });
}

// What a batch brings with it: copied to the device in the stream's order, from a copy of its own,
// so that the caller's may change at once.
class Upload {
 public:
  // The place on the device; until the next call.
  Result<const void*> Send(const void* from, size_t bytes, cudaStream_t stream) {
    LLMEMBED_RETURN_IF_ERROR(Wait());
    if (bytes > capacity_) LLMEMBED_RETURN_IF_ERROR(Grow(bytes, stream));
    if (bytes > 0) {
      std::memcpy(host_.get(), from, bytes);
      LLMEMBED_RETURN_IF_ERROR(CudaStatus(
          cudaMemcpyAsync(device_.get(), host_.get(), bytes, cudaMemcpyHostToDevice, stream),
          "copy to the GPU"));
      LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaEventRecord(sent_.get(), stream), "event"));
    }
    return static_cast<const void*>(device_.get());
  }

  template <typename T>
  Result<const T*> Send(std::span<const T> from, cudaStream_t stream) {
    LLMEMBED_ASSIGN_OR_RETURN(const void* sent, Send(from.data(), from.size_bytes(), stream));
    return static_cast<const T*>(sent);
  }

 private:
  Status Wait() {
    if (sent_ == nullptr) {
      LLMEMBED_ASSIGN_OR_RETURN(sent_, MakeEvent());
      return {};
    }
    return CudaStatus(cudaEventSynchronize(sent_.get()), "event");
  }
  Status Grow(size_t bytes, cudaStream_t stream) {
    LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaStreamSynchronize(stream), "stream"));
    capacity_ = 0;
    const size_t wanted = bytes + bytes / 2 + 256;
    LLMEMBED_ASSIGN_OR_RETURN(device_, AllocateDevice(wanted));
    LLMEMBED_ASSIGN_OR_RETURN(host_, AllocatePinned(wanted));
    capacity_ = wanted;
    return {};
  }

  DeviceMemory device_;
  std::shared_ptr<std::byte> host_;
  Event sent_;
  size_t capacity_ = 0;
};

// Copies on their way to the host's memory. They land in memory that stays where it is, and are
// handed on when the stream is done.
class Downloads {
 public:
  Status Start(const Matrix& from, std::span<float> to, cudaStream_t stream) {
    const size_t bytes = to.size() * tensor::DTypeSize(from.dtype);
    LLMEMBED_ASSIGN_OR_RETURN(std::byte * landing, Place(bytes));
    pending_.push_back({landing, from.dtype, to});
    return CudaStatus(cudaMemcpyAsync(landing, from.data, bytes, cudaMemcpyDeviceToHost, stream),
                      "copy from the GPU");
  }
  // The stream is done.
  void HandOn() {
    for (const auto& [landing, dtype, to] : pending_) {
      if (dtype == tensor::DType::kBF16) {
        const auto* numbers = reinterpret_cast<const uint16_t*>(landing);
        std::transform(numbers, numbers + to.size(), to.begin(), tensor::FloatFromBF16);
      } else {
        std::memcpy(to.data(), landing, to.size_bytes());
      }
    }
    pending_.clear();
    block_ = 0;
    used_ = 0;
  }

 private:
  struct Block {
    std::shared_ptr<std::byte> memory;
    size_t bytes = 0;
  };
  struct Pending {
    const std::byte* landing;
    tensor::DType dtype;
    std::span<float> to;
  };
  Result<std::byte*> Place(size_t bytes) {
    constexpr size_t kBlock = size_t{8} << 20;
    while (block_ < blocks_.size() && blocks_[block_].bytes - used_ < bytes) {
      ++block_;
      used_ = 0;
    }
    if (block_ == blocks_.size()) {
      const size_t wanted = bytes > kBlock ? bytes : kBlock;
      LLMEMBED_ASSIGN_OR_RETURN(auto memory, AllocatePinned(wanted));
      blocks_.push_back({std::move(memory), wanted});
      used_ = 0;
    }
    std::byte* place = blocks_[block_].memory.get() + used_;
    used_ += (bytes + 63) / 64 * 64;
    if (used_ > blocks_[block_].bytes) used_ = blocks_[block_].bytes;
    return place;
  }

  std::vector<Block> blocks_;
  size_t block_ = 0;  // being filled
  size_t used_ = 0;   // of it
  std::vector<Pending> pending_;
};

}  // namespace llmembed::compute::cuda
