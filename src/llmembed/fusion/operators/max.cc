// max(a, b, ...): the elementwise maximum of vectors of one width.
#include "fusion/operators/operator.h"

namespace llmembed::fusion {
namespace {

Result<size_t> InferWidth(std::span<const Operand> operands, std::span<const double>) {
  return EqualWidth("max", operands);
}

Status Forward(const Call& call, std::span<const RowBlock<const float>> arguments, size_t rows,
               RowBlock<float> result) {
  return call.ops->Maximum(arguments, rows, result);
}

// To the first argument that has the maximum.
Status Backward(const Call& call, std::span<const RowBlock<const float>> arguments, size_t rows,
                RowBlock<const float> result, const CallGradients& gradients) {
  return call.ops->MaximumGradient(arguments, result, gradients.result, rows, gradients.arguments);
}

}  // namespace

extern const Operator kMax;
constinit const Operator kMax = {
    .name = "max", .infer_width = InferWidth, .forward = Forward, .backward = Backward};

}  // namespace llmembed::fusion
