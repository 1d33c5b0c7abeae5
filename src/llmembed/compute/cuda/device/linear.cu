#include "compute/cuda/device/kernels.cuh"
#include "compute/cuda/device/linear.cuh"
#include "compute/cuda/memory_plan.h"

namespace llmembed::compute::cuda {
namespace {

// Tensor cores read so many numbers at a time: of 16 bytes, in both directions of a weight.
bool IsWhole(Operand operand, size_t inputs, size_t outputs) {
  const size_t pack = operand == Operand::kFp8 ? 16 : operand == Operand::kBF16 ? 8 : 4;
  return inputs % pack == 0 && outputs % (operand == Operand::kFp8 ? 16 : 8) == 0;
}

Operand OperandOf(MathType math_type, size_t inputs, size_t outputs) {
  if (math_type == MathType::kF32) return Operand::kF32;
  // Odd layers, which real models have none of, stay in bf16.
  if (math_type == MathType::kFp8 && IsWhole(Operand::kFp8, inputs, outputs)) return Operand::kFp8;
  return Operand::kBF16;
}

// Numbers from the host's memory or the device's, as they are.
Result<DeviceMemory> CopyUp(const void* data, size_t bytes) {
  LLMEMBED_ASSIGN_OR_RETURN(DeviceMemory memory, AllocateDevice(bytes));
  LLMEMBED_RETURN_IF_ERROR(
      CudaStatus(cudaMemcpy(memory.get(), data, bytes, cudaMemcpyDefault), "weights"));
  return memory;
}

Result<DeviceMemory> Round(const DeviceMemory& numbers, size_t count) {
  LLMEMBED_ASSIGN_OR_RETURN(DeviceMemory rounded, AllocateDevice(count * sizeof(bf16)));
  LLMEMBED_RETURN_IF_ERROR(
      LaunchRound(static_cast<const float*>(numbers.get()), rounded.get(), count, nullptr));
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaStreamSynchronize(nullptr), "weights"));
  return rounded;
}

Status PackWeight(const PlainWeight& weight, CudaLinear* linear) {
  const size_t count = linear->inputs() * linear->outputs();
  const bool is_bf16 = weight.dtype == tensor::DType::kBF16;
  LLMEMBED_ASSIGN_OR_RETURN(linear->weight,
                            CopyUp(weight.data, count * tensor::DTypeSize(weight.dtype)));
  if (linear->operand == Operand::kF32) {
    return is_bf16 ? Status(StatusCode::kInternal, "a weight of bf16 for products of f32")
                   : Status();
  }
  if (linear->operand == Operand::kBF16) {
    if (is_bf16) return {};
    LLMEMBED_ASSIGN_OR_RETURN(linear->weight, Round(linear->weight, count));
    return {};
  }
  LLMEMBED_ASSIGN_OR_RETURN(DeviceMemory quantized, AllocateDevice(count));
  LLMEMBED_ASSIGN_OR_RETURN(linear->scales, AllocateDevice(linear->outputs() * sizeof(float)));
  const Matrix plain{weight.dtype, linear->outputs(), linear->inputs(), linear->weight.get()};
  LLMEMBED_RETURN_IF_ERROR(
      LaunchQuantize(plain, {quantized.get(), static_cast<float*>(linear->scales.get())}, nullptr));
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaStreamSynchronize(nullptr), "weights"));
  linear->weight = std::move(quantized);
  return {};
}

}  // namespace

Result<std::unique_ptr<PackedLinear>> PackCudaLinear(MathType math_type, const PlainWeight& weight,
                                                     std::span<const float> bias, size_t inputs,
                                                     size_t outputs) {
  auto linear = std::make_unique<CudaLinear>(inputs, outputs);
  linear->operand = OperandOf(math_type, inputs, outputs);
  LLMEMBED_RETURN_IF_ERROR(PackWeight(weight, linear.get()));
  if (!bias.empty()) {
    LLMEMBED_ASSIGN_OR_RETURN(linear->bias, CopyUp(bias.data(), bias.size_bytes()));
    LLMEMBED_ASSIGN_OR_RETURN(linear->bias_bf16, Round(linear->bias, outputs));
  }
  return std::unique_ptr<PackedLinear>(std::move(linear));
}

Result<LinearRunner> LinearRunner::Create(std::shared_ptr<KernelChoices> choices) {
  LinearRunner runner;
  runner.choices_ = std::move(choices);
  LLMEMBED_ASSIGN_OR_RETURN(runner.workspace_, AllocateDevice(kLinearWorkspace));
  return Result<LinearRunner>(std::move(runner));
}

Status LinearRunner::Reserve(size_t rows, size_t inputs, cudaStream_t stream) {
  const size_t padded = PaddedDeviceRows(rows);
  if (padded <= scaled_rows_ && padded * inputs <= quantized_bytes_) return {};
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(cudaStreamSynchronize(stream), "stream"));
  scaled_rows_ = quantized_bytes_ = 0;
  LLMEMBED_ASSIGN_OR_RETURN(quantized_, AllocateDevice(padded * inputs));
  LLMEMBED_ASSIGN_OR_RETURN(input_scales_, AllocateDevice(padded * sizeof(float)));
  scaled_rows_ = padded;
  quantized_bytes_ = padded * inputs;
  return {};
}

Result<Matrix> LinearRunner::Dequantized(const Matrix& in, const float* in_scales,
                                         cudaStream_t stream) {
  LLMEMBED_RETURN_IF_ERROR(Reserve(in.rows, in.columns * sizeof(bf16), stream));
  const Matrix plain{tensor::DType::kBF16, in.rows, in.columns, quantized_.get()};
  LLMEMBED_RETURN_IF_ERROR(LaunchDequantize(in.data, in_scales, plain, stream));
  return plain;
}

Status LinearRunner::Run(const CudaLinear& linear, const Matrix& in, const float* in_scales,
                         const Matrix& out, Write write, bool has_gelu, cudaStream_t stream) {
  if (in_scales != nullptr && linear.operand != Operand::kFp8) {
    LLMEMBED_ASSIGN_OR_RETURN(const Matrix plain, Dequantized(in, in_scales, stream));
    return Run(linear, plain, nullptr, out, write, has_gelu, stream);
  }
  const bool gives_bf16 = out.dtype == tensor::DType::kBF16;
  const auto* f32_bias = static_cast<const float*>(linear.bias.get());
  if (!IsWhole(linear.operand, linear.inputs(), linear.outputs())) {
    LLMEMBED_RETURN_IF_ERROR(
        LaunchPlainLinear(in, linear.weight.get(), f32_bias, out, write, stream));
    return has_gelu ? LaunchActivate(Activation::kGeluErf, out, stream) : Status();
  }
  ProductData data{.weight = linear.weight.get(),
                   .in = in.data,
                   .out = out.data,
                   .bias = gives_bf16 ? linear.bias_bf16.get() : linear.bias.get(),
                   .weight_scales = static_cast<const float*>(linear.scales.get()),
                   .in_scales = in_scales};
  if (linear.operand == Operand::kFp8 && in_scales == nullptr) {
    LLMEMBED_RETURN_IF_ERROR(Reserve(in.rows, linear.inputs(), stream));
    LLMEMBED_RETURN_IF_ERROR(LaunchQuantize(in, {quantized_.get(), input_scales()}, stream));
    data.in = quantized_.get();
    data.in_scales = input_scales();
  }
  // Rows behind the last one are the matrices' own memory: with whole blocks of them there are few
  // different shapes.
  const ProductShape shape{.outputs = linear.outputs(),
                           .inputs = linear.inputs(),
                           .rows = PaddedDeviceRows(in.rows),
                           .operand = linear.operand,
                           .gives_bf16 = gives_bf16,
                           .has_bias = linear.bias != nullptr,
                           .adds = write == Write::kAdd,
                           .has_gelu = has_gelu};
  // Behind products of fp8 cuBLASLt takes the bias for bf16, whatever comes out.
  if (linear.operand == Operand::kFp8 && !gives_bf16 && shape.has_bias) {
    ProductShape without = shape;
    without.has_bias = false;
    LLMEMBED_RETURN_IF_ERROR(Multiply(without, data, f32_bias, out, stream));
    return LaunchAddBias(f32_bias, out, stream);
  }
  return Multiply(shape, data, f32_bias, out, stream);
}

// What cuBLASLt has no kernel for with all that follows a product is done in steps.
Status LinearRunner::Multiply(ProductShape shape, const ProductData& data, const float* bias,
                              const Matrix& out, cudaStream_t stream) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto choice, choices_->Of(shape, data, workspace_.get(), stream));
  if (choice.is_there) return RunProduct(shape, data, choice.algorithm, stream);
  if (shape.has_gelu) {
    shape.has_gelu = false;
    LLMEMBED_RETURN_IF_ERROR(Multiply(shape, data, bias, out, stream));
    return LaunchActivate(Activation::kGeluErf, out, stream);
  }
  if (shape.has_bias) {
    shape.has_bias = false;
    LLMEMBED_RETURN_IF_ERROR(Multiply(shape, data, bias, out, stream));
    return LaunchAddBias(bias, out, stream);
  }
  return {StatusCode::kUnsupported, "cuBLASLt has no kernel for a layer of " +
                                        std::to_string(shape.inputs) + " x " +
                                        std::to_string(shape.outputs) + " on this GPU"};
}

Status LinearRunner::RunProduct(const ProductShape& shape, const ProductData& data,
                                const cublasLtMatmulAlgo_t& algorithm, cudaStream_t stream) {
  Product product(shape, data);
  const cublasStatus_t status =
      product.Run(choices_->handle(), algorithm, data.out, workspace_.get(), stream);
  if (status == CUBLAS_STATUS_SUCCESS) return {};
  // A kernel chosen for about as many rows need not take these.
  cublasLtMatmulHeuristicResult_t own;
  LLMEMBED_ASSIGN_OR_RETURN(const int count, product.Suggest(choices_->handle(), 1, &own));
  if (count == 0) return LtStatus(status, "product");
  return LtStatus(product.Run(choices_->handle(), own.algo, data.out, workspace_.get(), stream),
                  "product");
}

}  // namespace llmembed::compute::cuda
