#include "compute/cpu/onednn_linear.h"

#include "compute/cpu/onednn_support.h"

namespace llmembed::compute::cpu {
namespace {

dnnl::memory::data_type OneDnnType(tensor::DType dtype) {
  return dtype == tensor::DType::kBF16 ? dnnl::memory::data_type::bf16
                                       : dnnl::memory::data_type::f32;
}

dnnl::memory::desc RowMajor(size_t rows, size_t columns, dnnl::memory::data_type type) {
  return {{static_cast<int64_t>(rows), static_cast<int64_t>(columns)},
          type,
          dnnl::memory::format_tag::ab};
}

// The rows for which a layout is asked. A layout serves every other number of rows as well.
constexpr size_t kLayoutRows = 256;

dnnl::memory::desc PackedLayout(dnnl::memory::data_type type, size_t inputs, size_t outputs) {
  const dnnl::memory::desc any({static_cast<int64_t>(inputs), static_cast<int64_t>(outputs)}, type,
                               dnnl::memory::format_tag::any);
  const dnnl::matmul::desc description(RowMajor(kLayoutRows, inputs, type), any,
                                       RowMajor(1, outputs, dnnl::memory::data_type::f32),
                                       RowMajor(kLayoutRows, outputs, type));
  return dnnl::matmul::primitive_desc(description, OneDnnEngine()).weights_desc();
}

}  // namespace

Result<std::unique_ptr<PackedLinear>> PackOneDnnLinear(MathType math_type,
                                                       const PlainWeight& weight,
                                                       std::span<const float> bias, size_t inputs,
                                                       size_t outputs) {
  const OneThread one_thread;
  try {
    const auto type =
        math_type == MathType::kBF16 ? dnnl::memory::data_type::bf16 : dnnl::memory::data_type::f32;
    auto linear = std::make_unique<OneDnnLinear>(inputs, outputs);
    const dnnl::memory::desc layout = PackedLayout(type, inputs, outputs);
    LLMEMBED_ASSIGN_OR_RETURN(linear->weight_memory, AllocateWeightMemory(layout.get_size()));
    linear->weight = dnnl::memory(layout, OneDnnEngine(), linear->weight_memory.get());
    // [outputs, inputs] row-major is [inputs, outputs] column-major.
    const dnnl::memory::desc file_layout(
        {static_cast<int64_t>(inputs), static_cast<int64_t>(outputs)}, OneDnnType(weight.dtype),
        dnnl::memory::format_tag::ba);
    dnnl::memory source(file_layout, OneDnnEngine(), const_cast<void*>(weight.data));
    dnnl::stream stream(OneDnnEngine());
    dnnl::reorder(source, linear->weight).execute(stream, source, linear->weight);
    stream.wait();

    linear->bias = dnnl::memory(RowMajor(1, outputs, dnnl::memory::data_type::f32), OneDnnEngine());
    auto* bias_out = static_cast<float*>(linear->bias.get_data_handle());
    for (size_t n = 0; n < outputs; ++n) bias_out[n] = bias.empty() ? 0.0F : bias[n];
    return std::unique_ptr<PackedLinear>(std::move(linear));
  } catch (const dnnl::error& error) {
    return OneDnnError(error);
  }
}

OneDnnRunner::OneDnnRunner() : stream_(OneDnnEngine()) {}

Status OneDnnRunner::Run(const OneDnnLinear& linear, const Matrix& in, const Matrix& out) {
  const OneThread one_thread;
  try {
    const size_t rows = PaddedRows(in.rows);
    const Key key{rows, linear.inputs(), linear.outputs(), in.dtype, out.dtype};
    const dnnl::memory::desc source = RowMajor(rows, linear.inputs(), OneDnnType(in.dtype));
    const dnnl::memory::desc target = RowMajor(rows, linear.outputs(), OneDnnType(out.dtype));
    auto primitive = primitives_.find(key);
    if (primitive == primitives_.end()) {
      const dnnl::matmul::desc description(source, linear.weight.get_desc(), linear.bias.get_desc(),
                                           target);
      primitive =
          primitives_
              .emplace(key, dnnl::matmul(dnnl::matmul::primitive_desc(description, OneDnnEngine())))
              .first;
    }
    primitive->second.execute(stream_,
                              {{DNNL_ARG_SRC, dnnl::memory(source, OneDnnEngine(), in.data)},
                               {DNNL_ARG_WEIGHTS, linear.weight},
                               {DNNL_ARG_BIAS, linear.bias},
                               {DNNL_ARG_DST, dnnl::memory(target, OneDnnEngine(), out.data)}});
    stream_.wait();
    return {};
  } catch (const dnnl::error& error) {
    return OneDnnError(error);
  }
}

}  // namespace llmembed::compute::cpu
