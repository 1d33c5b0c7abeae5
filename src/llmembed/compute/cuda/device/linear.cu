#include <algorithm>

#include "compute/cuda/device/kernels.cuh"
#include "compute/cuda/device/linear.cuh"
#include "compute/cuda/memory_plan.h"

namespace llmembed::compute::cuda {
namespace {

Status LtStatus(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return {};
  return {status == CUBLAS_STATUS_ALLOC_FAILED ? StatusCode::kOutOfMemory : StatusCode::kInternal,
          std::string("cuBLASLt, ") + what + ": " + cublasLtGetStatusString(status)};
}

// A weight of f32 or bf16 as the math type has it, from the host's memory or the device's.
Result<DeviceMemory> UploadWeight(MathType math_type, const PlainWeight& weight, size_t count) {
  const bool is_bf16 = weight.dtype == tensor::DType::kBF16;
  const size_t bytes = count * tensor::DTypeSize(weight.dtype);
  LLMEMBED_ASSIGN_OR_RETURN(DeviceMemory raw, AllocateDevice(bytes));
  LLMEMBED_RETURN_IF_ERROR(
      CudaStatus(cudaMemcpy(raw.get(), weight.data, bytes, cudaMemcpyDefault), "weights"));
  if (math_type == MathType::kF32 || is_bf16) return raw;
  LLMEMBED_ASSIGN_OR_RETURN(DeviceMemory rounded, AllocateDevice(count * sizeof(bf16)));
  LLMEMBED_RETURN_IF_ERROR(
      LaunchRound(static_cast<const float*>(raw.get()), rounded.get(), count, nullptr));
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaStreamSynchronize(nullptr), "weights"));
  return rounded;
}

Status CheckWeight(MathType math_type, const PlainWeight& weight) {
  if (math_type == MathType::kF32 && weight.dtype == tensor::DType::kBF16) {
    return {StatusCode::kInternal, "a weight of bf16 for products of f32"};
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<PackedLinear>> PackCudaLinear(MathType math_type, const PlainWeight& weight,
                                                     std::span<const float> bias, size_t inputs,
                                                     size_t outputs) {
  LLMEMBED_RETURN_IF_ERROR(CheckWeight(math_type, weight));
  auto linear = std::make_unique<CudaLinear>(inputs, outputs);
  LLMEMBED_ASSIGN_OR_RETURN(linear->weight, UploadWeight(math_type, weight, inputs * outputs));
  if (!bias.empty()) {
    const PlainWeight plain{tensor::DType::kF32, bias.data()};
    LLMEMBED_ASSIGN_OR_RETURN(linear->bias, UploadWeight(MathType::kF32, plain, outputs));
    LLMEMBED_ASSIGN_OR_RETURN(linear->bias_bf16, UploadWeight(MathType::kBF16, plain, outputs));
  }
  return std::unique_ptr<PackedLinear>(std::move(linear));
}

Result<LtHandle> MakeLtHandle() {
  cublasLtHandle_t handle = nullptr;
  LLMEMBED_RETURN_IF_ERROR(LtStatus(cublasLtCreate(&handle), "start"));
  return LtHandle(handle, LtHandleDeleter());
}

// A product as cuBLASLt sees it, column by column: out^T [N, T] = W [N, K] in^T [K, T].
struct LinearRunner::Product {
  cublasLtMatmulDescOpaque_t operation;
  cublasLtMatrixLayoutOpaque_t weight, in, out;

  Product(const CudaLinear& linear, const Matrix& input, const Matrix& output, size_t rows) {
    const cudaDataType_t in_type = input.dtype == tensor::DType::kBF16 ? CUDA_R_16BF : CUDA_R_32F;
    const bool rounds = output.dtype == tensor::DType::kBF16;
    const size_t inputs = linear.inputs();
    const size_t outputs = linear.outputs();
    cublasLtMatmulDescInit(&operation, CUBLAS_COMPUTE_32F, CUDA_R_32F);
    const cublasOperation_t transposed = CUBLAS_OP_T;
    Set(CUBLASLT_MATMUL_DESC_TRANSA, transposed);
    if (linear.bias != nullptr) {
      const cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_BIAS;
      const void* bias = rounds ? linear.bias_bf16.get() : linear.bias.get();
      Set(CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue);
      Set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
    }
    cublasLtMatrixLayoutInit(&weight, in_type, inputs, outputs, static_cast<int64_t>(inputs));
    cublasLtMatrixLayoutInit(&in, in_type, inputs, rows, static_cast<int64_t>(inputs));
    cublasLtMatrixLayoutInit(&out, rounds ? CUDA_R_16BF : CUDA_R_32F, outputs, rows,
                             static_cast<int64_t>(outputs));
  }

  template <typename T>
  void Set(cublasLtMatmulDescAttributes_t attribute, const T& value) {
    cublasLtMatmulDescSetAttribute(&operation, attribute, &value, sizeof value);
  }
};

Result<LinearRunner> LinearRunner::Create(LtHandle handle) {
  LinearRunner runner;
  runner.handle_ = std::move(handle);
  LLMEMBED_ASSIGN_OR_RETURN(runner.workspace_, AllocateDevice(kLinearWorkspace));
  return Result<LinearRunner>(std::move(runner));
}

// Sums of parts side by side (split K) are not taken: an output's bits would depend on how many
// rows there are.
Result<LinearRunner::Choice> LinearRunner::Choose(Product* product) const {
  cublasLtMatmulPreferenceOpaque_t preference;
  cublasLtMatmulPreferenceInit(&preference);
  const size_t workspace = kLinearWorkspace;
  cublasLtMatmulPreferenceSetAttribute(&preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                       &workspace, sizeof workspace);
  const uint32_t reductions = CUBLASLT_REDUCTION_SCHEME_NONE;
  cublasLtMatmulPreferenceSetAttribute(&preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
                                       &reductions, sizeof reductions);
  cublasLtMatmulHeuristicResult_t found{};
  int count = 0;
  const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(
      handle_.get(), &product->operation, &product->weight, &product->in, &product->out,
      &product->out, &preference, 1, &found, &count);
  if (status == CUBLAS_STATUS_NOT_SUPPORTED || (status == CUBLAS_STATUS_SUCCESS && count == 0)) {
    return Choice{};  // a shape that it has no kernel for
  }
  LLMEMBED_RETURN_IF_ERROR(LtStatus(status, "choice of a kernel"));
  return Choice{true, found.algo};
}

Status LinearRunner::Run(const CudaLinear& linear, const Matrix& in, const Matrix& out,
                         cudaStream_t stream) {
  const bool takes_bf16 = in.dtype == tensor::DType::kBF16;
  // Rows behind the last one are the matrices' own memory: with whole blocks of them there are few
  // different shapes.
  const size_t rows = PaddedDeviceRows(in.rows);
  Product product(linear, in, out, rows);
  const Key key{
      linear.outputs(),      linear.inputs(), rows, takes_bf16, out.dtype == tensor::DType::kBF16,
      linear.bias != nullptr};
  auto choice = choices_.find(key);
  if (choice == choices_.end()) {
    // Kernels of tensor cores read sixteen bytes at a time.
    const size_t pack = takes_bf16 ? 8 : 4;
    const bool is_whole = linear.inputs() % pack == 0 && linear.outputs() % 8 == 0;
    Choice chosen;
    if (is_whole) {
      LLMEMBED_ASSIGN_OR_RETURN(chosen, Choose(&product));
    }
    choice = choices_.emplace(key, chosen).first;
  }
  if (!choice->second.is_there) {
    return LaunchPlainLinear(in, linear.weight.get(), static_cast<const float*>(linear.bias.get()),
                             out, stream);
  }
  const float one = 1.0F;
  const float zero = 0.0F;
  return LtStatus(
      cublasLtMatmul(handle_.get(), &product.operation, &one, linear.weight.get(), &product.weight,
                     in.data, &product.in, &zero, out.data, &product.out, out.data, &product.out,
                     &choice->second.algorithm, workspace_.get(), kLinearWorkspace, stream),
      "product");
}

}  // namespace llmembed::compute::cuda
