#include <algorithm>
#include <bit>
#include <cmath>

#include "compute/cuda/device/product.cuh"
#include "compute/cuda/memory_plan.h"

namespace llmembed::compute::cuda {
namespace {

// Kernels that are tried out, and from how many rows on that pays.
constexpr int kTried = 8;
constexpr size_t kRowsToTry = 1024;
constexpr int kRepeats = 4;
constexpr int kRounds = 3;  // of trials: the quickest counts

cudaDataType_t TypeOf(Operand operand) {
  switch (operand) {
    case Operand::kBF16:
      return CUDA_R_16BF;
    case Operand::kFp8:
      return CUDA_R_8F_E4M3;
    case Operand::kF32:
      break;
  }
  return CUDA_R_32F;
}

// Seconds of one kernel, or infinity where it does not take the shape.
double Try(Product* product, cublasLtHandle_t handle, const cublasLtMatmulAlgo_t& algorithm,
           void* out, void* workspace, cudaStream_t stream) {
  cudaEvent_t begin = nullptr;
  cudaEvent_t end = nullptr;
  if (cudaEventCreate(&begin) != cudaSuccess) return INFINITY;
  if (cudaEventCreate(&end) != cudaSuccess) {
    (void)cudaEventDestroy(begin);
    return INFINITY;
  }
  bool is_done = product->Run(handle, algorithm, out, workspace, stream) == CUBLAS_STATUS_SUCCESS;
  (void)cudaEventRecord(begin, stream);
  for (int i = 0; is_done && i < kRepeats; ++i) {
    is_done = product->Run(handle, algorithm, out, workspace, stream) == CUBLAS_STATUS_SUCCESS;
  }
  (void)cudaEventRecord(end, stream);
  float milliseconds = INFINITY;
  is_done = cudaEventSynchronize(end) == cudaSuccess && is_done &&
            cudaEventElapsedTime(&milliseconds, begin, end) == cudaSuccess;
  (void)cudaEventDestroy(begin);
  (void)cudaEventDestroy(end);
  return is_done ? milliseconds : INFINITY;
}

}  // namespace

Status LtStatus(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return {};
  return {status == CUBLAS_STATUS_ALLOC_FAILED ? StatusCode::kOutOfMemory : StatusCode::kInternal,
          std::string("cuBLASLt, ") + what + ": " + cublasLtGetStatusString(status)};
}

Result<LtHandle> MakeLtHandle() {
  cublasLtHandle_t handle = nullptr;
  LLMEMBED_RETURN_IF_ERROR(LtStatus(cublasLtCreate(&handle), "start"));
  return LtHandle(handle, LtHandleDeleter());
}

Product::Product(const ProductShape& shape, const ProductData& data)
    : data_(data), kept_(shape.adds ? 1.0F : 0.0F) {
  cublasLtMatmulDescInit(&operation_, CUBLAS_COMPUTE_32F, CUDA_R_32F);
  Set(CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T);
  if (shape.has_bias) {
    Set(CUBLASLT_MATMUL_DESC_EPILOGUE,
        shape.has_gelu ? CUBLASLT_EPILOGUE_GELU_BIAS : CUBLASLT_EPILOGUE_BIAS);
    Set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, data.bias);
  } else if (shape.has_gelu) {
    Set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_GELU);
  }
  if (shape.operand == Operand::kFp8) {
    const int32_t by_row = CUBLASLT_MATMUL_MATRIX_SCALE_OUTER_VEC_32F;
    const int8_t is_fast = 1;
    Set(CUBLASLT_MATMUL_DESC_A_SCALE_MODE, by_row);
    Set(CUBLASLT_MATMUL_DESC_B_SCALE_MODE, by_row);
    Set(CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, data.weight_scales);
    Set(CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, data.in_scales);
    Set(CUBLASLT_MATMUL_DESC_FAST_ACCUM, is_fast);
  }
  const cudaDataType_t type = TypeOf(shape.operand);
  const auto inputs = static_cast<int64_t>(shape.inputs);
  const auto outputs = static_cast<int64_t>(shape.outputs);
  cublasLtMatrixLayoutInit(&weight_, type, shape.inputs, shape.outputs, inputs);
  cublasLtMatrixLayoutInit(&in_, type, shape.inputs, shape.rows, inputs);
  cublasLtMatrixLayoutInit(&out_, shape.gives_bf16 ? CUDA_R_16BF : CUDA_R_32F, shape.outputs,
                           shape.rows, outputs);
}

// Sums of parts side by side (split K) are taken only where there is nothing else: an output's bits
// would depend on how many rows there are.
Result<int> Product::Suggest(cublasLtHandle_t handle, int most,
                             cublasLtMatmulHeuristicResult_t* found) {
  LLMEMBED_ASSIGN_OR_RETURN(const int count,
                            SuggestWith(CUBLASLT_REDUCTION_SCHEME_NONE, handle, most, found));
  if (count > 0) return count;
  return SuggestWith(CUBLASLT_REDUCTION_SCHEME_MASK, handle, 1, found);
}

Result<int> Product::SuggestWith(uint32_t reductions, cublasLtHandle_t handle, int most,
                                 cublasLtMatmulHeuristicResult_t* found) {
  cublasLtMatmulPreferenceOpaque_t preference;
  cublasLtMatmulPreferenceInit(&preference);
  const size_t workspace = kLinearWorkspace;
  cublasLtMatmulPreferenceSetAttribute(&preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                       &workspace, sizeof workspace);
  cublasLtMatmulPreferenceSetAttribute(&preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
                                       &reductions, sizeof reductions);
  int count = 0;
  const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(
      handle, &operation_, &weight_, &in_, &out_, &out_, &preference, most, found, &count);
  // Shapes that it has no kernel for are told in one of two ways.
  if (status == CUBLAS_STATUS_NOT_SUPPORTED || status == CUBLAS_STATUS_INVALID_VALUE) return 0;
  LLMEMBED_RETURN_IF_ERROR(LtStatus(status, "choice of a kernel"));
  return count;
}

cublasStatus_t Product::Run(cublasLtHandle_t handle, const cublasLtMatmulAlgo_t& algorithm,
                            void* out, void* workspace, cudaStream_t stream) {
  const float one = 1.0F;
  return cublasLtMatmul(handle, &operation_, &one, data_.weight, &weight_, data_.in, &in_, &kept_,
                        out, &out_, out, &out_, &algorithm, workspace, kLinearWorkspace, stream);
}

Result<KernelChoices::Choice> KernelChoices::Look(const ProductShape& shape,
                                                  const ProductData& data, void* workspace,
                                                  cudaStream_t stream) const {
  Product product(shape, data);
  const bool tries = shape.rows >= kRowsToTry;
  cublasLtMatmulHeuristicResult_t found[kTried];
  LLMEMBED_ASSIGN_OR_RETURN(const int count, product.Suggest(handle(), tries ? kTried : 1, found));
  if (count == 0) return Choice{};
  if (count == 1) return Choice{true, found[0].algo};
  // Into memory of its own: what is in `out` may be needed still.
  const auto out = AllocateDevice(shape.rows * shape.outputs * (shape.gives_bf16 ? 2 : 4));
  if (!out.ok()) return Choice{true, found[0].algo};
  double best_seconds = INFINITY;
  int best = 0;
  for (int i = 0; i < kRounds * count; ++i) {
    const auto& algorithm = found[i % count].algo;
    const double seconds = Try(&product, handle(), algorithm, out->get(), workspace, stream);
    if (seconds >= best_seconds) continue;
    best_seconds = seconds;
    best = i % count;
  }
  return Choice{true, found[best].algo};
}

Result<KernelChoices::Choice> KernelChoices::Of(const ProductShape& shape, const ProductData& data,
                                                void* workspace, cudaStream_t stream) {
  ProductShape key = shape;  // one choice for all that have about as many rows
  if (key.rows >= kRowsToTry) key.rows = std::bit_ceil(key.rows);
  const std::lock_guard lock(mutex_);
  const auto known = choices_.find(key);
  if (known != choices_.end()) return known->second;
  LLMEMBED_ASSIGN_OR_RETURN(const Choice choice, Look(shape, data, workspace, stream));
  choices_.emplace(key, choice);
  return choice;
}

}  // namespace llmembed::compute::cuda
