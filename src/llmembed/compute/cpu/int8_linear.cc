#include "compute/cpu/int8_linear.h"

#include <algorithm>
#include <string>
#include <vector>

#include "compute/cpu/int8_kernels.h"
#include "compute/cpu/onednn_support.h"
#include "compute/int8.h"
#include "compute/plain_weight.h"

namespace llmembed::compute::cpu {
namespace {

dnnl::matmul::primitive_desc Product(size_t rows, size_t inputs, size_t outputs,
                                     const dnnl::memory::desc& weight) {
  return {dnnl::matmul::desc(OneDnnMatrix(rows, inputs, Type::s8), weight,
                             OneDnnMatrix(rows, outputs, Type::s32)),
          OneDnnEngine()};
}

// Rows so far apart would all want the same lines of the first-level cache.
constexpr size_t kCacheWayBytes = 2048;

// [outputs, inputs]; scales: [outputs].
Result<tensor::AlignedBuffer<int8_t>> QuantizeWeight(const PlainWeight& weight, size_t inputs,
                                                     size_t outputs, float* scales) {
  LLMEMBED_ASSIGN_OR_RETURN(auto quantized,
                            tensor::AlignedBuffer<int8_t>::Create(inputs * outputs));
  std::vector<float> row(inputs);
  for (size_t n = 0; n < outputs; ++n) {
    for (size_t k = 0; k < inputs; ++k) row[k] = ElementOf(weight, n * inputs + k);
    QuantizeRows({tensor::DType::kF32, 1, inputs, row.data()}, inputs,
                 quantized.data() + n * inputs, scales + n);
  }
  return quantized;
}

template <typename T>
Status Grow(size_t size, tensor::AlignedBuffer<T>* buffer) {
  if (buffer->size() >= size) return {};
  LLMEMBED_ASSIGN_OR_RETURN(*buffer, tensor::AlignedBuffer<T>::Create(size, tensor::Fill::kZero));
  return {};
}

}  // namespace

Result<std::unique_ptr<PackedLinear>> PackInt8Linear(const PlainWeight& weight,
                                                     std::span<const float> bias, size_t inputs,
                                                     size_t outputs) {
  if (inputs > kMostInt8Inputs) {
    return Status(StatusCode::kUnsupported, "int8 products of more than " +
                                                std::to_string(kMostInt8Inputs) + " inputs, here " +
                                                std::to_string(inputs));
  }
  auto linear = std::make_unique<Int8Linear>(inputs, outputs);
  const size_t padded = PaddedInt8Outputs(outputs);
  LLMEMBED_ASSIGN_OR_RETURN(linear->scales,
                            tensor::AlignedBuffer<float>::Create(padded, tensor::Fill::kZero));
  LLMEMBED_ASSIGN_OR_RETURN(linear->bias,
                            tensor::AlignedBuffer<float>::Create(padded, tensor::Fill::kZero));
  std::ranges::copy(bias, linear->bias.data());
  LLMEMBED_ASSIGN_OR_RETURN(auto quantized,
                            QuantizeWeight(weight, inputs, outputs, linear->scales.data()));
  if (OneDnnUsesTiles()) {
    LLMEMBED_ASSIGN_OR_RETURN(linear->memory,
                              AllocateWeightMemory(padded * PaddedInt8Inputs(inputs)));
    PackInt8Tiles(quantized.data(), inputs, outputs, static_cast<int8_t*>(linear->memory.get()));
    return std::unique_ptr<PackedLinear>(std::move(linear));
  }
  const OneDnnThreads one_thread(1);
  try {
    const auto any = OneDnnMatrix(inputs, outputs, Type::s8, Tag::any);
    LLMEMBED_ASSIGN_OR_RETURN(
        linear->weight, PackOneDnnWeight(Product(kLayoutRows, inputs, outputs, any).weights_desc(),
                                         Type::s8, quantized.data(), &linear->memory));
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
  const bool has_tiles = !linear.weight;
  size_t pitch = linear.inputs();
  if (has_tiles) {
    pitch = PaddedInt8Inputs(pitch);
    if (pitch % kCacheWayBytes == 0) pitch += kInt8Step;
  }
  const size_t rows = (in.rows + kInt8Panel - 1) / kInt8Panel * kInt8Panel;
  LLMEMBED_RETURN_IF_ERROR(Grow(rows * pitch, &quantized_));
  LLMEMBED_RETURN_IF_ERROR(Grow(rows, &row_scales_));
  QuantizeRows(in, pitch, quantized_.data(), row_scales_.data());
  const Int8Finish finish{row_scales_.data(), linear.scales.data(), linear.bias.data(), out};
  if (has_tiles) {
    MultiplyInt8Tiles(quantized_.data(), pitch, static_cast<const int8_t*>(linear.memory.get()),
                      linear.inputs(), finish);
    return {};
  }
  LLMEMBED_RETURN_IF_ERROR(Grow(in.rows * linear.outputs(), &sums_));
  LLMEMBED_RETURN_IF_ERROR(Multiply(linear, in.rows));
  FinishRows(finish, sums_.data(), linear.outputs(), 0, in.rows);
  return {};
}

}  // namespace llmembed::compute::cpu
