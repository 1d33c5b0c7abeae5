#include <algorithm>

#include "compute/cuda/device/f32_product.cuh"
#include "compute/cuda/memory_plan.h"

namespace llmembed::compute::cuda {
namespace {

// The largest power of two, up to 256 bytes, that an address is a multiple of.
uint32_t AlignmentOf(const void* address) {
  const auto bits = reinterpret_cast<uintptr_t>(address);
  return static_cast<uint32_t>(std::min<uintptr_t>(bits & (~bits + 1), 256));
}

// A matrix in memory, and how cuBLASLt calls it: column by column, rows are columns.
struct Operand2D {
  const float* values;
  bool is_turned;
  uint64_t rows, columns, stride;  // as it lies, row by row

  static Operand2D Of(const GemmInput& input, uint64_t rows, uint64_t columns) {
    const bool is_turned = input.transpose == Transpose::kYes;
    if (is_turned) std::swap(rows, columns);
    return {input.values, is_turned, rows, columns,
            input.row_stride != 0 ? input.row_stride : columns};
  }
  cublasLtMatrixLayoutOpaque_t Layout() const {
    cublasLtMatrixLayoutOpaque_t layout;
    cublasLtMatrixLayoutInit(&layout, CUDA_R_32F, columns, rows, static_cast<int64_t>(stride));
    return layout;
  }
  __device__ float At(uint64_t row, uint64_t column) const {
    return is_turned ? values[column * stride + row] : values[row * stride + column];
  }
};

// For what cuBLASLt has no kernel for: a thread an output.
__global__ void PlainGemmKernel(GemmShape shape, Operand2D a, Operand2D b, GemmOutput c,
                                uint64_t stride) {
  const size_t i = blockIdx.x * static_cast<size_t>(kThreads) + threadIdx.x;
  if (i >= shape.m * shape.n) return;
  const uint64_t row = i / shape.n;
  const uint64_t column = i % shape.n;
  float sum = 0.0F;
  for (uint64_t k = 0; k < shape.k; ++k) sum += a.At(row, k) * b.At(k, column);
  float* out = c.values + row * stride + column;
  *out = c.alpha * sum + (c.beta == 0.0F ? 0.0F : c.beta * *out);
}

// C^T [n, m] = op(B)^T op(A)^T, column by column.
struct LtGemm {
  LtGemm(const Operand2D& a, const Operand2D& b, const GemmShape& shape, uint64_t stride)
      : left(b.Layout()), right(a.Layout()) {
    cublasLtMatmulDescInit(&operation, CUBLAS_COMPUTE_32F, CUDA_R_32F);
    const cublasOperation_t turned = CUBLAS_OP_T;
    if (b.is_turned) {
      cublasLtMatmulDescSetAttribute(&operation, CUBLASLT_MATMUL_DESC_TRANSA, &turned,
                                     sizeof turned);
    }
    if (a.is_turned) {
      cublasLtMatmulDescSetAttribute(&operation, CUBLASLT_MATMUL_DESC_TRANSB, &turned,
                                     sizeof turned);
    }
    cublasLtMatrixLayoutInit(&out, CUDA_R_32F, shape.n, shape.m, static_cast<int64_t>(stride));
  }

  cublasStatus_t Suggest(cublasLtHandle_t handle, uint32_t left_bytes, uint32_t right_bytes,
                         uint32_t out_bytes, cublasLtMatmulHeuristicResult_t* found, int* count) {
    cublasLtMatmulPreferenceOpaque_t preference;
    cublasLtMatmulPreferenceInit(&preference);
    const auto set = [&](cublasLtMatmulPreferenceAttributes_t attribute, const auto& value) {
      cublasLtMatmulPreferenceSetAttribute(&preference, attribute, &value, sizeof value);
    };
    const size_t workspace = kLinearWorkspace;
    // Parts of a sum are added up in a fixed order, or there are none.
    const uint32_t reductions =
        CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE | CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE;
    set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace);
    set(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, reductions);
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, left_bytes);
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, right_bytes);
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, out_bytes);
    set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, out_bytes);
    return cublasLtMatmulAlgoGetHeuristic(handle, &operation, &left, &right, &out, &out,
                                          &preference, 1, found, count);
  }

  cublasLtMatmulDescOpaque_t operation;
  cublasLtMatrixLayoutOpaque_t left, right, out;
};

}  // namespace

Result<F32Products> F32Products::Create() {
  F32Products made;
  LLMEMBED_ASSIGN_OR_RETURN(made.handle_, MakeLtHandle());
  LLMEMBED_ASSIGN_OR_RETURN(made.workspace_, AllocateDevice(kLinearWorkspace));
  return Result<F32Products>(std::move(made));
}

Status F32Products::Run(const GemmShape& shape, const GemmInput& a, const GemmInput& b,
                        const GemmOutput& c, cudaStream_t stream) {
  if (shape.m == 0 || shape.n == 0) return {};
  const Operand2D left = Operand2D::Of(a, shape.m, shape.k);
  const Operand2D right = Operand2D::Of(b, shape.k, shape.n);
  const uint64_t stride = c.row_stride != 0 ? c.row_stride : shape.n;
  LtGemm gemm(left, right, shape, stride);
  const Key key{shape.m,
                shape.n,
                shape.k,
                left.is_turned,
                right.is_turned,
                left.stride,
                right.stride,
                stride,
                AlignmentOf(a.values),
                AlignmentOf(b.values),
                AlignmentOf(c.values),
                c.beta != 0.0F};
  auto known = choices_.find(key);
  if (known == choices_.end()) {
    cublasLtMatmulHeuristicResult_t found{};
    int count = 0;
    const cublasStatus_t status =
        gemm.Suggest(handle_.get(), AlignmentOf(b.values), AlignmentOf(a.values),
                     AlignmentOf(c.values), &found, &count);
    const bool is_there = status == CUBLAS_STATUS_SUCCESS && count > 0;
    known = choices_.emplace(key, Choice{is_there, found.algo}).first;
  }
  if (!known->second.is_there) {
    PlainGemmKernel<<<BlocksFor(shape.m * shape.n), kThreads, 0, stream>>>(shape, left, right, c,
                                                                           stride);
    return LaunchStatus("matrix product of an odd size");
  }
  return LtStatus(
      cublasLtMatmul(handle_.get(), &gemm.operation, &c.alpha, b.values, &gemm.left, a.values,
                     &gemm.right, &c.beta, c.values, &gemm.out, c.values, &gemm.out,
                     &known->second.algorithm, workspace_.get(), kLinearWorkspace, stream),
      "matrix product");
}

}  // namespace llmembed::compute::cuda
