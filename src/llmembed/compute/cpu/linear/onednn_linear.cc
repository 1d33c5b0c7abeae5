#include "compute/cpu/linear/onednn_linear.h"

#include <algorithm>
#include <utility>

#include "compute/cpu/linear/onednn_support.h"

namespace llmembed::compute::cpu {
namespace {

Type OneDnnType(tensor::DType dtype) {
  return dtype == tensor::DType::kBF16 ? Type::bf16 : Type::f32;
}

Type ProductType(MathType math_type) {
  return math_type == MathType::kBF16 ? Type::bf16 : Type::f32;
}

dnnl::memory BiasMemory(tensor::AlignedBuffer<float>* bias) {
  return {OneDnnMatrix(1, bias->size(), Type::f32), OneDnnEngine(), bias->data()};
}

dnnl::memory::desc PackedLayout(Type type, size_t inputs, size_t outputs) {
  const dnnl::memory::desc bias = OneDnnMatrix(1, outputs, Type::f32);
  return PlanProduct(OneDnnMatrix(kLayoutRows, inputs, type),
                     OneDnnMatrix(inputs, outputs, type, Tag::any), &bias,
                     OneDnnMatrix(kLayoutRows, outputs, type))
      .weights_desc();
}

}  // namespace

Result<std::unique_ptr<PackedLinear>> PackOneDnnLinear(MathType math_type,
                                                       const PlainWeight& weight,
                                                       std::span<const float> bias, size_t inputs,
                                                       size_t outputs) {
  const OneDnnThreads one_thread(1);
  try {
    auto linear = std::make_unique<OneDnnLinear>(inputs, outputs);
    LLMEMBED_ASSIGN_OR_RETURN(
        linear->weight,
        PackOneDnnWeight(PackedLayout(ProductType(math_type), inputs, outputs),
                         OneDnnType(weight.dtype), weight.data, &linear->weight_memory));
    LLMEMBED_ASSIGN_OR_RETURN(linear->bias,
                              tensor::AlignedBuffer<float>::Create(outputs, tensor::Fill::kZero));
    std::ranges::copy(bias, linear->bias.data());
    linear->bias_memory = BiasMemory(&linear->bias);
    return std::unique_ptr<PackedLinear>(std::move(linear));
  } catch (const dnnl::error& error) {
    return OneDnnError(error);
  }
}

Result<std::unique_ptr<PackedLinear>> AdoptOneDnnLinear(MathType math_type,
                                                        const PackedImage& image,
                                                        std::shared_ptr<const void> owner,
                                                        size_t inputs, size_t outputs) {
  const OneDnnThreads one_thread(1);
  try {
    auto linear = std::make_unique<OneDnnLinear>(inputs, outputs);
    LLMEMBED_ASSIGN_OR_RETURN(
        linear->weight, AdoptOneDnnWeight(PackedLayout(ProductType(math_type), inputs, outputs),
                                          image.weight, std::move(owner), &linear->weight_memory));
    LLMEMBED_ASSIGN_OR_RETURN(linear->bias, CopyOfImage(image.bias, outputs));
    linear->bias_memory = BiasMemory(&linear->bias);
    return std::unique_ptr<PackedLinear>(std::move(linear));
  } catch (const dnnl::error& error) {
    return OneDnnError(error);
  }
}

OneDnnRunner::OneDnnRunner() : stream_(OneDnnEngine()) {}

Status OneDnnRunner::Run(const OneDnnLinear& linear, const Matrix& in, const Matrix& out) {
  const OneDnnThreads one_thread(1);
  try {
    const size_t rows = PaddedRows(in.rows);
    const Key key{rows, linear.inputs(), linear.outputs(), in.row_pitch(), in.dtype, out.dtype};
    const dnnl::memory::desc source({static_cast<int64_t>(rows), static_cast<int64_t>(in.columns)},
                                    OneDnnType(in.dtype),
                                    {static_cast<int64_t>(in.row_pitch()), 1});
    const dnnl::memory::desc target = OneDnnMatrix(rows, linear.outputs(), OneDnnType(out.dtype));
    auto primitive = primitives_.find(key);
    if (primitive == primitives_.end()) {
      const dnnl::memory::desc bias = linear.bias_memory.get_desc();
      primitive =
          primitives_
              .emplace(key,
                       dnnl::matmul(PlanProduct(source, linear.weight.get_desc(), &bias, target)))
              .first;
    }
    primitive->second.execute(stream_,
                              {{DNNL_ARG_SRC, dnnl::memory(source, OneDnnEngine(), in.data)},
                               {DNNL_ARG_WEIGHTS, linear.weight},
                               {DNNL_ARG_BIAS, linear.bias_memory},
                               {DNNL_ARG_DST, dnnl::memory(target, OneDnnEngine(), out.data)}});
    stream_.wait();
    return {};
  } catch (const dnnl::error& error) {
    return OneDnnError(error);
  }
}

}  // namespace llmembed::compute::cpu
