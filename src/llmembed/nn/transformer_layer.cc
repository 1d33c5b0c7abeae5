#include "nn/transformer_layer.h"

namespace llmembed::nn {
namespace {

using compute::Matrix;
using compute::Stream;
using tensor::DType;

// work->input -> work->update
Status Attend(const TransformerLayer& layer, const LayerBatch& batch, Stream* stream,
              Workspace* work) {
  LLMEMBED_RETURN_IF_ERROR(
      stream->Linear(*layer.query_key_value, work->input, work->query_key_value));
  const compute::HeadTransform transform{layer.query_norm.weights(), layer.key_norm.weights(),
                                         batch.cos, batch.sin};
  if (!transform.query_norm.scale.empty() || !transform.cos.empty()) {
    LLMEMBED_RETURN_IF_ERROR(
        stream->TransformHeads(layer.attention, transform, work->query_key_value));
  }
  LLMEMBED_RETURN_IF_ERROR(
      stream->Attention(layer.attention, batch.texts, work->query_key_value, work->context));
  return stream->Linear(*layer.attention_output, work->context, work->update);
}

// work->input -> work->update
Status FeedForward(const TransformerLayer& layer, const LayerShape& shape, Stream* stream,
                   Workspace* work) {
  LLMEMBED_RETURN_IF_ERROR(stream->Linear(*layer.feed_forward_in, work->input, work->inner));
  LLMEMBED_RETURN_IF_ERROR(
      shape.is_gated ? stream->ActivateGated(shape.activation, work->inner, work->activated)
                     : stream->Activate(shape.activation, work->inner));
  return stream->Linear(*layer.feed_forward_out, work->activated, work->update);
}

Status NormUpdate(const Norm& norm, Stream* stream, Workspace* work) {
  return stream->AddNorm(norm.weights(), work->update, {}, work->update, {});
}

Status ForwardPost(const TransformerLayer& layer, const LayerShape& shape, const LayerBatch& batch,
                   Stream* stream, Workspace* work) {
  LLMEMBED_RETURN_IF_ERROR(Attend(layer, batch, stream, work));
  LLMEMBED_RETURN_IF_ERROR(stream->AddNorm(layer.attention_norm.weights(), work->state,
                                           work->update, work->state, work->input_bf16()));
  LLMEMBED_RETURN_IF_ERROR(FeedForward(layer, shape, stream, work));
  return stream->AddNorm(layer.feed_forward_norm.weights(), work->state, work->update, work->state,
                         work->input_bf16());
}

Status ForwardPre(const TransformerLayer& layer, const LayerShape& shape, const LayerBatch& batch,
                  Stream* stream, Workspace* work) {
  const bool is_sandwich = shape.placement == NormPlacement::kSandwich;
  LLMEMBED_RETURN_IF_ERROR(stream->AddNorm(layer.attention_norm.weights(), work->state, {},
                                           work->input_f32(), work->input_bf16()));
  LLMEMBED_RETURN_IF_ERROR(Attend(layer, batch, stream, work));
  if (is_sandwich) {
    LLMEMBED_RETURN_IF_ERROR(NormUpdate(layer.attention_output_norm, stream, work));
  }
  LLMEMBED_RETURN_IF_ERROR(stream->AddNorm(layer.feed_forward_norm.weights(), work->state,
                                           work->update, work->input_f32(), work->input_bf16()));
  LLMEMBED_RETURN_IF_ERROR(FeedForward(layer, shape, stream, work));
  if (is_sandwich) {
    LLMEMBED_RETURN_IF_ERROR(NormUpdate(layer.feed_forward_output_norm, stream, work));
  }
  return stream->Add(work->state, work->update);
}

}  // namespace

size_t Workspace::TokenBytes(const LayerShape& shape, DType activation_type) {
  const size_t inner = shape.feed_forward_width * (shape.is_gated ? 3 : 1);
  const size_t activations = shape.width + shape.qkv_width + shape.query_width + inner;
  return 2 * shape.width * sizeof(float) + activations * tensor::DTypeSize(activation_type);
}

Result<Workspace> Workspace::Create(const LayerShape& shape, const compute::Backend& backend,
                                    size_t max_tokens) {
  const DType activation_type = backend.activation_type();
  Workspace work;
  work.rounds_ = activation_type != DType::kF32;
  work.shares_state_ = !work.rounds_ && shape.placement == NormPlacement::kPost;
  work.is_gated_ = shape.is_gated;
  const auto create = [&](DType dtype, size_t columns) {
    return backend.Allocate(dtype, max_tokens, columns);
  };
  LLMEMBED_ASSIGN_OR_RETURN(work.state_, create(DType::kF32, shape.width));
  LLMEMBED_ASSIGN_OR_RETURN(work.update_, create(DType::kF32, shape.width));
  LLMEMBED_ASSIGN_OR_RETURN(work.query_key_value_, create(activation_type, shape.qkv_width));
  LLMEMBED_ASSIGN_OR_RETURN(work.context_, create(activation_type, shape.query_width));
  const size_t inner = shape.feed_forward_width * (shape.is_gated ? 2 : 1);
  LLMEMBED_ASSIGN_OR_RETURN(work.inner_, create(activation_type, inner));
  if (shape.is_gated) {
    LLMEMBED_ASSIGN_OR_RETURN(work.activated_, create(activation_type, shape.feed_forward_width));
  }
  if (!work.shares_state_) {
    LLMEMBED_ASSIGN_OR_RETURN(work.input_, create(activation_type, shape.width));
  }
  return work;
}

void Workspace::Resize(size_t tokens) {
  state = state_.View(tokens);
  input = shares_state_ ? state : input_.View(tokens);
  query_key_value = query_key_value_.View(tokens);
  context = context_.View(tokens);
  update = update_.View(tokens);
  inner = inner_.View(tokens);
  activated = is_gated_ ? activated_.View(tokens) : inner;
}

Status Forward(const TransformerLayer& layer, const LayerShape& shape, const LayerBatch& batch,
               Stream* stream, Workspace* work) {
  return shape.placement == NormPlacement::kPost ? ForwardPost(layer, shape, batch, stream, work)
                                                 : ForwardPre(layer, shape, batch, stream, work);
}

}  // namespace llmembed::nn
