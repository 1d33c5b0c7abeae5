// A linear layer as cuBLASLt sees it, and which of its kernels is taken.
#pragma once

#include <cublasLt.h>
#include <cuda_runtime.h>

#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "compute/cuda/device/memory.cuh"
#include "compute/ops.h"

namespace llmembed::compute::cuda {

Status LtStatus(cublasStatus_t status, const char* what);

struct LtHandleDeleter {
  void operator()(cublasLtContext* handle) const { cublasLtDestroy(handle); }
};
using LtHandle = std::shared_ptr<cublasLtContext>;
Result<LtHandle> MakeLtHandle();

// Element types of what is multiplied.
enum class Operand { kF32, kBF16, kFp8 };

struct ProductShape {
  size_t outputs, inputs, rows;
  Operand operand;
  bool gives_bf16;
  bool has_bias;
  bool adds;      // to what is there
  bool has_gelu;  // behind the bias, by its tanh form

  auto operator<=>(const ProductShape&) const = default;
};

struct ProductData {
  const void* weight;
  const void* in;
  void* out;
  const void* bias;            // of the type of `out`, or null
  const float* weight_scales;  // of fp8: [outputs]
  const float* in_scales;      // of fp8: [rows]
};

// Column by column, as cuBLASLt counts: out^T [N, T] = W [N, K] in^T [K, T].
class Product {
 public:
  Product(const ProductShape& shape, const ProductData& data);

  // The best `most` kernels by cuBLASLt's own reckoning; how many there are.
  Result<int> Suggest(cublasLtHandle_t handle, int most, cublasLtMatmulHeuristicResult_t* found);
  cublasStatus_t Run(cublasLtHandle_t handle, const cublasLtMatmulAlgo_t& algorithm, void* out,
                     void* workspace, cudaStream_t stream);

 private:
  Result<int> SuggestWith(uint32_t reductions, cublasLtHandle_t handle, int most,
                          cublasLtMatmulHeuristicResult_t* found);

  template <typename T>
  void Set(cublasLtMatmulDescAttributes_t attribute, const T& value) {
    cublasLtMatmulDescSetAttribute(&operation_, attribute, &value, sizeof value);
  }

  ProductData data_;
  float kept_;  // of what is there
  cublasLtMatmulDescOpaque_t operation_;
  cublasLtMatrixLayoutOpaque_t weight_, in_, out_;
};

// The kernel of each shape, for all streams of a backend: the same rows have the same bits on each.
// Thread-safe.
class KernelChoices {
 public:
  struct Choice {
    bool is_there = false;  // cuBLASLt has a kernel for the shape
    cublasLtMatmulAlgo_t algorithm{};
  };

  explicit KernelChoices(LtHandle handle) : handle_(std::move(handle)) {}
  cublasLtHandle_t handle() const { return handle_.get(); }

  // Looked for when the shape is first seen: where there are many rows the best of a few, by a
  // trial each. workspace: of kLinearWorkspace bytes.
  Result<Choice> Of(const ProductShape& shape, const ProductData& data, void* workspace,
                    cudaStream_t stream);

 private:
  Result<Choice> Look(const ProductShape& shape, const ProductData& data, void* workspace,
                      cudaStream_t stream) const;

  LtHandle handle_;
  std::mutex mutex_;
  std::map<ProductShape, Choice> choices_;
};

}  // namespace llmembed::compute::cuda
