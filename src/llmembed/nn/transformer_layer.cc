#include "nn/transformer_layer.h"

namespace llmembed::nn {

using compute::MatrixBuffer;
using tensor::DType;

Result<Workspace> Workspace::Create(const LayerShape& shape, DType activation_type,
                                    size_t max_tokens) {
  Workspace work;
  work.rounds_ = activation_type != DType::kF32;
  const auto create = [max_tokens](DType dtype, size_t columns) {
    return MatrixBuffer::Create(dtype, max_tokens, columns);
  };
  LLMEMBED_ASSIGN_OR_RETURN(work.state_, create(DType::kF32, shape.width));
  LLMEMBED_ASSIGN_OR_RETURN(work.update_, create(DType::kF32, shape.width));
  LLMEMBED_ASSIGN_OR_RETURN(work.query_key_value_, create(activation_type, 3 * shape.width));
  LLMEMBED_ASSIGN_OR_RETURN(work.context_, create(activation_type, shape.width));
  LLMEMBED_ASSIGN_OR_RETURN(work.inner_, create(activation_type, shape.feed_forward_width));
  if (work.rounds_) {
    LLMEMBED_ASSIGN_OR_RETURN(work.rounded_, create(activation_type, shape.width));
  }
  return work;
}

void Workspace::Resize(size_t tokens) {
  state = state_.View(tokens);
  if (rounds_) rounded = rounded_.View(tokens);
  query_key_value = query_key_value_.View(tokens);
  context = context_.View(tokens);
  update = update_.View(tokens);
  inner = inner_.View(tokens);
}

Status Forward(const TransformerLayer& layer, const LayerShape& shape,
               std::span<const int32_t> starts, compute::Stream* stream, Workspace* work) {
  LLMEMBED_RETURN_IF_ERROR(
      stream->Linear(*layer.query_key_value, work->input(), work->query_key_value));
  LLMEMBED_RETURN_IF_ERROR(
      stream->Attention(shape.attention, work->query_key_value, starts, work->context));
  LLMEMBED_RETURN_IF_ERROR(stream->Linear(*layer.attention_output, work->context, work->update));
  LLMEMBED_RETURN_IF_ERROR(stream->AddLayerNorm(layer.attention_norm.weights(), work->state,
                                                work->update, work->rounded));

  LLMEMBED_RETURN_IF_ERROR(stream->Linear(*layer.feed_forward_in, work->input(), work->inner));
  LLMEMBED_RETURN_IF_ERROR(stream->Activate(shape.activation, work->inner));
  LLMEMBED_RETURN_IF_ERROR(stream->Linear(*layer.feed_forward_out, work->inner, work->update));
  return stream->AddLayerNorm(layer.feed_forward_norm.weights(), work->state, work->update,
                              work->rounded);
}

}  // namespace llmembed::nn
