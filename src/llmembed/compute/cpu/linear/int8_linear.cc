#include "compute/cpu/linear/int8_linear.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "compute/cpu/linear/int8_kernels.h"
#include "compute/cpu/linear/onednn_support.h"
#include "compute/cpu/scratch.h"
#include "compute/int8.h"
#include "compute/plain_weight.h"

namespace llmembed::compute::cpu {
namespace {

dnnl::matmul::primitive_desc Product(size_t rows, size_t inputs, size_t outputs,
                                     const dnnl::memory::desc& weight) {
  return PlanProduct(OneDnnMatrix(rows, inputs, Type::s8), weight, nullptr,
                     OneDnnMatrix(rows, outputs, Type::s32));
}

size_t PaddedOutputs(size_t outputs) {
  constexpr size_t kVectorFloats = 16;  // of the widest vectors
  return (outputs + kVectorFloats - 1) / kVectorFloats * kVectorFloats;
}

dnnl::memory::desc PackedLayout(size_t inputs, size_t outputs) {
  const auto any = OneDnnMatrix(inputs, outputs, Type::s8, Tag::any);
  return Product(kLayoutRows, inputs, outputs, any).weights_desc();
}

// [outputs, inputs]; scales: [outputs].
Result<tensor::AlignedBuffer<int8_t>> QuantizeWeight(const PlainWeight& weight, size_t inputs,
                                                     size_t outputs, float* scales) {
  LLMEMBED_ASSIGN_OR_RETURN(auto quantized,
                            tensor::AlignedBuffer<int8_t>::Create(inputs * outputs));
  std::vector<float> row(inputs);
  for (size_t n = 0; n < outputs; ++n) {
    LoadRow(weight, n, inputs, row.data());
    QuantizeRows({tensor::DType::kF32, 1, inputs, row.data()}, inputs,
                 quantized.data() + n * inputs, scales + n);
  }
  return quantized;
}

}  // namespace

Result<std::unique_ptr<PackedLinear>> PackInt8Linear(const PlainWeight& weight,
                                                     std::span<const float> bias, size_t inputs,
                                                     size_t outputs) {
  LLMEMBED_RETURN_IF_ERROR(CheckInt8Inputs(inputs));
  auto linear = std::make_unique<Int8Linear>(inputs, outputs);
  const size_t padded = PaddedOutputs(outputs);
  LLMEMBED_ASSIGN_OR_RETURN(linear->scales,
                            tensor::AlignedBuffer<float>::Create(padded, tensor::Fill::kZero));
  LLMEMBED_ASSIGN_OR_RETURN(linear->bias,
                            tensor::AlignedBuffer<float>::Create(padded, tensor::Fill::kZero));
  std::ranges::copy(bias, linear->bias.data());
  LLMEMBED_ASSIGN_OR_RETURN(auto quantized,
                            QuantizeWeight(weight, inputs, outputs, linear->scales.data()));
  const OneDnnThreads one_thread(1);
  try {
    LLMEMBED_ASSIGN_OR_RETURN(
        linear->weight, PackOneDnnWeight(PackedLayout(inputs, outputs), Type::s8, quantized.data(),
                                         &linear->memory));
    return std::unique_ptr<PackedLinear>(std::move(linear));
  } catch (const dnnl::error& error) {
    return OneDnnError(error);
  }
}

Result<std::unique_ptr<PackedLinear>> AdoptInt8Linear(const PackedImage& image,
                                                      std::shared_ptr<const void> owner,
                                                      size_t inputs, size_t outputs) {
  LLMEMBED_RETURN_IF_ERROR(CheckInt8Inputs(inputs));
  const OneDnnThreads one_thread(1);
  try {
    auto linear = std::make_unique<Int8Linear>(inputs, outputs);
    LLMEMBED_ASSIGN_OR_RETURN(linear->weight,
                              AdoptOneDnnWeight(PackedLayout(inputs, outputs), image.weight,
                                                std::move(owner), &linear->memory));
    LLMEMBED_ASSIGN_OR_RETURN(linear->scales, CopyOfImage(image.scales, PaddedOutputs(outputs)));
    LLMEMBED_ASSIGN_OR_RETURN(linear->bias, CopyOfImage(image.bias, PaddedOutputs(outputs)));
    return std::unique_ptr<PackedLinear>(std::move(linear));
  } catch (const dnnl::error& error) {
    return OneDnnError(error);
  }
}

Status Int8Runner::Multiply(const Int8Linear& linear, size_t rows) {
  const OneDnnThreads one_thread(1);
  try {
    const auto key = std::make_tuple(rows, linear.inputs(), linear.outputs());
    auto primitive = primitives_.find(key);
    if (primitive == primitives_.end()) {
      const auto description =
          Product(rows, linear.inputs(), linear.outputs(), linear.weight.get_desc());
      primitive = primitives_.emplace(key, dnnl::matmul(description)).first;
    }
    dnnl::stream stream(OneDnnEngine());
    primitive->second.execute(
        stream, {{DNNL_ARG_SRC, dnnl::memory(OneDnnMatrix(rows, linear.inputs(), Type::s8),
                                             OneDnnEngine(), quantized_.data())},
                 {DNNL_ARG_WEIGHTS, linear.weight},
                 {DNNL_ARG_DST, dnnl::memory(OneDnnMatrix(rows, linear.outputs(), Type::s32),
                                             OneDnnEngine(), sums_.data())}});
    stream.wait();
    return {};
  } catch (const dnnl::error& error) {
    return OneDnnError(error);
  }
}

Status Int8Runner::Run(const Int8Linear& linear, const Matrix& in, const Matrix& out) {
  LLMEMBED_RETURN_IF_ERROR(Grow(in.rows * linear.inputs(), &quantized_));
  LLMEMBED_RETURN_IF_ERROR(Grow(in.rows, &row_scales_));
  LLMEMBED_RETURN_IF_ERROR(Grow(in.rows * linear.outputs(), &sums_));
  QuantizeRows(in, linear.inputs(), quantized_.data(), row_scales_.data());
  LLMEMBED_RETURN_IF_ERROR(Multiply(linear, in.rows));
  FinishRows({row_scales_.data(), linear.scales.data(), linear.bias.data(), out}, sums_.data());
  return {};
}

}  // namespace llmembed::compute::cpu
