// Matrix products of f32, as compute/gemm.h has them, by cuBLASLt and without TF32.
#pragma once

#include <cuda_runtime.h>

#include <map>
#include <tuple>

#include "compute/cuda/device/memory.cuh"
#include "compute/cuda/device/product.cuh"
#include "compute/gemm.h"

namespace llmembed::compute::cuda {

// One stream's. The kernel of a shape is the first of cuBLASLt's own reckoning, never one that was
// found by a trial: the same arguments have the same bits in every run.
class F32Products {
 public:
  static Result<F32Products> Create();

  Status Run(const GemmShape& shape, const GemmInput& a, const GemmInput& b, const GemmOutput& c,
             cudaStream_t stream);

 private:
  // m, n, k; transposes; row strides; what the addresses are multiples of; whether it adds.
  using Key = std::tuple<uint64_t, uint64_t, uint64_t, bool, bool, uint64_t, uint64_t, uint64_t,
                         uint32_t, uint32_t, uint32_t, bool>;
  struct Choice {
    bool is_there = false;
    cublasLtMatmulAlgo_t algorithm{};
  };

  LtHandle handle_;
  DeviceMemory workspace_;
  std::map<Key, Choice> choices_;
};

}  // namespace llmembed::compute::cuda
