// Linear layers by cuBLASLt.
#pragma once

#include <cublasLt.h>
#include <cuda_runtime.h>

#include <map>
#include <memory>
#include <span>
#include <tuple>

#include "compute/cuda/device/memory.cuh"
#include "compute/ops.h"

namespace llmembed::compute::cuda {

// A weight as it lies on the device, and its bias in both types: cuBLASLt adds one of the type that
// comes out.
class CudaLinear : public PackedLinear {
 public:
  using PackedLinear::PackedLinear;
  DeviceMemory weight;     // [N, K] in the math type
  DeviceMemory bias;       // [N] f32, or null
  DeviceMemory bias_bf16;  // the same, or null
};

Result<std::unique_ptr<PackedLinear>> PackCudaLinear(MathType math_type, const PlainWeight& weight,
                                                     std::span<const float> bias, size_t inputs,
                                                     size_t outputs);

struct LtHandleDeleter {
  void operator()(cublasLtContext* handle) const { cublasLtDestroy(handle); }
};
using LtHandle = std::shared_ptr<cublasLtContext>;
Result<LtHandle> MakeLtHandle();

// One stream's products. The kernel of a shape is chosen when it is first seen.
class LinearRunner {
 public:
  static Result<LinearRunner> Create(LtHandle handle);
  Status Run(const CudaLinear& linear, const Matrix& in, const Matrix& out, cudaStream_t stream);

 private:
  // Outputs, inputs, rows, bf16 in, bf16 out, with a bias.
  using Key = std::tuple<size_t, size_t, size_t, bool, bool, bool>;
  struct Product;
  struct Choice {
    bool is_there = false;
    cublasLtMatmulAlgo_t algorithm{};
  };
  Result<Choice> Choose(Product* product) const;

  LtHandle handle_;
  DeviceMemory workspace_;
  std::map<Key, Choice> choices_;
};

}  // namespace llmembed::compute::cuda
