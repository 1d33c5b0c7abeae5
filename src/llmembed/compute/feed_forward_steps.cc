#include "compute/feed_forward_steps.h"

namespace llmembed::compute {

Status FeedForwardSteps::Reserve(size_t rows, size_t inner, size_t activated, tensor::DType dtype) {
  if (rows <= capacity_ && inner == inner_width_) return {};
  capacity_ = 0;
  LLMEMBED_ASSIGN_OR_RETURN(inner_, MatrixBuffer::Create(dtype, rows, inner));
  if (activated != inner) {
    LLMEMBED_ASSIGN_OR_RETURN(activated_, MatrixBuffer::Create(dtype, rows, activated));
  }
  inner_width_ = inner;
  capacity_ = rows;
  return {};
}

Status FeedForwardSteps::Run(const FeedForwardWeights& weights, const Matrix& in, const Matrix& out,
                             Write write, Stream* stream) {
  LLMEMBED_RETURN_IF_ERROR(
      Reserve(in.rows, weights.in->outputs(), weights.out->inputs(), in.dtype));
  const Matrix inner = inner_.View(in.rows);
  LLMEMBED_RETURN_IF_ERROR(stream->Linear(*weights.in, in, inner));
  if (!weights.is_gated) {
    LLMEMBED_RETURN_IF_ERROR(stream->Activate(weights.activation, inner));
    return stream->Linear(*weights.out, inner, out, write);
  }
  const Matrix activated = activated_.View(in.rows);
  LLMEMBED_RETURN_IF_ERROR(stream->ActivateGated(weights.activation, inner, activated));
  return stream->Linear(*weights.out, activated, out, write);
}

}  // namespace llmembed::compute
