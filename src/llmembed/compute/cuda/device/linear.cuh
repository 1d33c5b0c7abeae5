// Linear layers by cuBLASLt, in f32, bf16 and fp8.
#pragma once

#include <cuda_runtime.h>

#include <memory>
#include <span>

#include "compute/cuda/device/memory.cuh"
#include "compute/cuda/device/product.cuh"
#include "compute/ops.h"

namespace llmembed::compute::cuda {

// A weight as it lies on the device, and its bias in both types: cuBLASLt adds one of the type that
// comes out.
class CudaLinear : public PackedLinear {
 public:
  using PackedLinear::PackedLinear;
  Operand operand = Operand::kF32;
  DeviceMemory weight;     // [N, K]
  DeviceMemory scales;     // of fp8: [N] f32, what outputs are multiplied by
  DeviceMemory bias;       // [N] f32, or null
  DeviceMemory bias_bf16;  // the same, or null
};

Result<std::unique_ptr<PackedLinear>> PackCudaLinear(MathType math_type, const PlainWeight& weight,
                                                     std::span<const float> bias, size_t inputs,
                                                     size_t outputs);

// One stream's products.
class LinearRunner {
 public:
  static Result<LinearRunner> Create(std::shared_ptr<KernelChoices> choices);

  // `in_scales`: of rows of fp8 that `in` holds instead of its own type; null: it does not.
  // `has_gelu`: followed by GELU; `out` is then of bf16 and replaced.
  Status Run(const CudaLinear& linear, const Matrix& in, const float* in_scales, const Matrix& out,
             Write write, bool has_gelu, cudaStream_t stream);

  // Rows of fp8 as bf16, until the next product.
  Result<Matrix> Dequantized(const Matrix& in, const float* in_scales, cudaStream_t stream);

  // Scales for inputs of fp8 that the caller makes: of as many rows as Reserve was called with.
  float* input_scales() { return static_cast<float*>(input_scales_.get()); }

  // Room for inputs of fp8. Waits for the stream when there is too little.
  Status Reserve(size_t rows, size_t inputs, cudaStream_t stream);

 private:
  Status Multiply(ProductShape shape, const ProductData& data, const float* bias, const Matrix& out,
                  cudaStream_t stream);
  Status RunProduct(const ProductShape& shape, const ProductData& data,
                    const cublasLtMatmulAlgo_t& algorithm, cudaStream_t stream);

  std::shared_ptr<KernelChoices> choices_;
  DeviceMemory workspace_;
  DeviceMemory quantized_;     // [rows, K] of fp8
  DeviceMemory input_scales_;  // [rows] f32
  size_t quantized_bytes_ = 0;
  size_t scaled_rows_ = 0;
};

}  // namespace llmembed::compute::cuda
