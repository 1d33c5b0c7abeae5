#include "nn/transformer_layer.h"

namespace llmembed::nn {
namespace {

using compute::Matrix;
using compute::Stream;
using compute::Write;
using tensor::DType;

// work->input -> out, which is one of the workspace's matrices: its rows may become fewer here.
Status Attend(const TransformerLayer& layer, const LayerBatch& batch, const Matrix* out,
              Write write, Stream* stream, Workspace* work) {
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
  if (!batch.wanted.empty()) LLMEMBED_RETURN_IF_ERROR(work->KeepRows(batch.wanted, stream));
  return stream->Linear(*layer.attention_output, work->context, *out, write);
}

// work->input -> out
Status FeedForward(const TransformerLayer& layer, const LayerShape& shape, const Matrix& out,
                   Write write, Stream* stream, Workspace* work) {
  const compute::FeedForwardWeights weights{
      layer.feed_forward_in.get(), layer.feed_forward_out.get(), shape.activation, shape.is_gated};
  return stream->FeedForward(weights, work->input, out, write);
}

Status ForwardPost(const TransformerLayer& layer, const LayerShape& shape, const LayerBatch& batch,
                   Stream* stream, Workspace* work) {
  // Added to the state by the products, or by the norms.
  const bool norms_add = work->sublayer.data != nullptr;
  Matrix* const out = norms_add ? &work->sublayer : &work->state;
  const Write write = norms_add ? Write::kReplace : Write::kAdd;
  const auto norm = [&](const Norm& by) {
    return stream->AddNorm(by.weights(), work->state, work->sublayer, work->state,
                           work->input_bf16());
  };
  LLMEMBED_RETURN_IF_ERROR(Attend(layer, batch, out, write, stream, work));
  LLMEMBED_RETURN_IF_ERROR(norm(layer.attention_norm));
  LLMEMBED_RETURN_IF_ERROR(FeedForward(layer, shape, *out, write, stream, work));
  return norm(layer.feed_forward_norm);
}

Status ForwardPre(const TransformerLayer& layer, const LayerShape& shape, const LayerBatch& batch,
                  Stream* stream, Workspace* work) {
  const auto norm = [&](const Norm& by) {
    return stream->AddNorm(by.weights(), work->state, {}, work->input_f32(), work->input_bf16());
  };
  LLMEMBED_RETURN_IF_ERROR(norm(layer.attention_norm));
  LLMEMBED_RETURN_IF_ERROR(Attend(layer, batch, &work->state, Write::kAdd, stream, work));
  LLMEMBED_RETURN_IF_ERROR(norm(layer.feed_forward_norm));
  return FeedForward(layer, shape, work->state, Write::kAdd, stream, work);
}

Status ForwardSandwich(const TransformerLayer& layer, const LayerShape& shape,
                       const LayerBatch& batch, Stream* stream, Workspace* work) {
  // state += Norm'(update), then Norm of it; the last one is no norm at all.
  const auto add = [&](const Norm& inner, const Norm* next) -> Status {
    LLMEMBED_RETURN_IF_ERROR(stream->AddNorm(inner.weights(), work->update, {}, work->update, {}));
    if (next == nullptr) return stream->Add(work->state, work->update);
    return stream->AddNorm(next->weights(), work->state, work->update, work->input_f32(),
                           work->input_bf16());
  };
  LLMEMBED_RETURN_IF_ERROR(stream->AddNorm(layer.attention_norm.weights(), work->state, {},
                                           work->input_f32(), work->input_bf16()));
  LLMEMBED_RETURN_IF_ERROR(Attend(layer, batch, &work->update, Write::kReplace, stream, work));
  LLMEMBED_RETURN_IF_ERROR(add(layer.attention_output_norm, &layer.feed_forward_norm));
  LLMEMBED_RETURN_IF_ERROR(FeedForward(layer, shape, work->update, Write::kReplace, stream, work));
  return add(layer.feed_forward_output_norm, nullptr);
}

}  // namespace

size_t Workspace::TokenBytes(const LayerShape& shape, DType activation_type) {
  const size_t activations =
      shape.width + shape.qkv_width + shape.query_width + shape.inner_width();
  return 2 * shape.width * sizeof(float) +
         (activations + shape.width) * tensor::DTypeSize(activation_type);
}

Result<Workspace> Workspace::Create(const LayerShape& shape, const compute::Backend& backend,
                                    size_t max_tokens) {
  const DType activation_type = backend.activation_type();
  Workspace work;
  work.rounds_ = activation_type != DType::kF32;
  work.shares_state_ = !work.rounds_ && shape.placement == NormPlacement::kPost;
  const auto create = [&](DType dtype, size_t columns) {
    return backend.Allocate(dtype, max_tokens, columns);
  };
  LLMEMBED_ASSIGN_OR_RETURN(work.state_, create(DType::kF32, shape.width));
  LLMEMBED_ASSIGN_OR_RETURN(work.update_, create(DType::kF32, shape.width));
  work.norms_add_ = shape.placement == NormPlacement::kPost && backend.NormsAddSublayers();
  if (work.norms_add_) {
    LLMEMBED_ASSIGN_OR_RETURN(work.sublayer_, create(activation_type, shape.width));
  }
  LLMEMBED_ASSIGN_OR_RETURN(work.query_key_value_, create(activation_type, shape.qkv_width));
  const auto create_input = [&](size_t columns) {
    return backend.Allocate(
        activation_type, max_tokens, columns,
        work.rounds_ ? compute::ProductPitch(activation_type, columns) : columns);
  };
  LLMEMBED_ASSIGN_OR_RETURN(work.context_, create_input(shape.query_width));
  if (!work.shares_state_) {
    LLMEMBED_ASSIGN_OR_RETURN(work.input_, create_input(shape.width));
  }
  return work;
}

void Workspace::Resize(size_t tokens) {
  state = state_.View(tokens);
  input = shares_state_ ? state : input_.View(tokens);
  query_key_value = query_key_value_.View(tokens);
  context = context_.View(tokens);
  update = update_.View(tokens);
  if (norms_add_) sublayer = sublayer_.View(tokens);
}

Status Workspace::KeepRows(std::span<const int32_t> rows, Stream* stream) {
  LLMEMBED_RETURN_IF_ERROR(stream->KeepRows(state, rows));
  LLMEMBED_RETURN_IF_ERROR(stream->KeepRows(context, rows));
  for (Matrix* matrix : {&state, &input, &context, &update, &sublayer}) {
    matrix->rows = rows.size();
  }
  return {};
}

Status Forward(const TransformerLayer& layer, const LayerShape& shape, const LayerBatch& batch,
               Stream* stream, Workspace* work) {
  switch (shape.placement) {
    case NormPlacement::kPost:
      return ForwardPost(layer, shape, batch, stream, work);
    case NormPlacement::kPre:
      return ForwardPre(layer, shape, batch, stream, work);
    case NormPlacement::kSandwich:
      break;
  }
  return ForwardSandwich(layer, shape, batch, stream, work);
}

}  // namespace llmembed::nn
