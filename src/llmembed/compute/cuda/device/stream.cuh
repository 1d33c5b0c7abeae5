// One worker's way to compute on a GPU: a CUDA stream, and what a batch brings with it.
#pragma once

#include <cuda_runtime.h>

#include <map>
#include <memory>
#include <vector>

#include "compute/cuda/attention_plan.h"
#include "compute/cuda/device/fp8_rows.cuh"
#include "compute/cuda/device/linear.cuh"
#include "compute/cuda/device/memory.cuh"
#include "compute/ops.h"

namespace llmembed::compute::cuda {

class CudaStream : public Stream {
 public:
  // Contracts: compute/ops.h.
  static Result<std::unique_ptr<Stream>> Create(int device, MathType math_type,
                                                std::shared_ptr<KernelChoices> choices);
  Status Linear(const PackedLinear& weights, const Matrix& in, const Matrix& out,
                Write write) override;
  Status FeedForward(const FeedForwardWeights& weights, const Matrix& in, const Matrix& out,
                     Write write) override;
  Status Embed(const EmbeddingTables& tables, std::span<const int32_t> ids,
               std::span<const int32_t> position_ids, const Matrix& out) override;
  Status Add(const Matrix& x, const Matrix& residual) override;
  Status AddNorm(const NormWeights& weights, const Matrix& x, const Matrix& residual,
                 const Matrix& normed, const Matrix& rounded) override;
  Status Activate(Activation activation, const Matrix& x) override;
  Status ActivateGated(Activation activation, const Matrix& in, const Matrix& out) override;
  Status TransformHeads(const AttentionShape& shape, const HeadTransform& transform,
                        const Matrix& qkv) override;
  Status Attention(const AttentionShape& shape, const PackedTexts& texts, const Matrix& qkv,
                   const Matrix& out) override;
  Status Pool(PoolRule rule, const PackedTexts& texts, const Matrix& states,
              const Matrix& out) override;
  Result<std::span<const float>> Stage(size_t slot, std::span<const float> numbers) override;
  Status Put(std::span<const float> from, const Matrix& to) override;
  Status Fetch(const Matrix& from, std::span<float> to) override;
  Status Reserve(size_t rows, size_t width) override;
  Status Finish() override;

 private:
  CudaStream(int device, MathType math_type) : device_(device), math_type_(math_type) {}
  Status Use() const { return CudaStatus(cudaSetDevice(device_), "device"); }
  Status PlanFor(const PackedTexts& texts, bool is_bf16);
  Status SendPlaces(const PackedTexts& texts);

  // Where the texts of a batch lie, as they were last sent: every layer asks about the same ones.
  struct Places {
    std::vector<int32_t> starts, lengths;
    bool Are(const PackedTexts& texts) const;
    void Take(const PackedTexts& texts);
  };
  // out = in W^T + b; `has_gelu`: as of LinearRunner::Run.
  Status Multiply(const PackedLinear& weights, const Matrix& in, const Matrix& out, Write write,
                  bool has_gelu);
  Status GateAndMultiply(const FeedForwardWeights& weights, const Matrix& inner, const Matrix& out,
                         Write write);

  int device_;
  MathType math_type_;
  std::shared_ptr<CUstream_st> stream_;
  std::unique_ptr<LinearRunner> linear_;
  Fp8Matrices fp8_;
  Upload ids_, positions_, tiles_, starts_, lengths_, put_;
  std::map<size_t, Upload> staged_;
  Downloads downloads_;
  DeviceMemory inner_;  // between a feed-forward's layers
  size_t inner_bytes_ = 0;
  Places planned_, pooled_;
  bool planned_bf16_ = false;
  unsigned warps_ = 1;
  size_t tile_count_ = 0;
  const AttentionTile* device_tiles_ = nullptr;
  const int32_t* device_starts_ = nullptr;
  const int32_t* device_lengths_ = nullptr;
};

}  // namespace llmembed::compute::cuda
