// avg(a, b, ...): the elementwise mean of vectors of one width.
#include "fusion/operators/operator.h"

namespace llmembed::fusion {
namespace {

Result<size_t> InferWidth(std::span<const Operand> operands, std::span<const double>) {
  return EqualWidth("avg", operands);
}

Status Forward(const Call& call, std::span<const RowBlock<const float>> arguments, size_t rows,
               RowBlock<float> result) {
  return call.ops->Average(arguments, rows, result);
}

Status Backward(const Call& call, std::span<const RowBlock<const float>> arguments, size_t rows,
                RowBlock<const float>, const CallGradients& gradients) {
  const float share = 1.0F / static_cast<float>(arguments.size());
  for (const RowBlock<float>& argument : gradients.arguments) {
    if (argument.data == nullptr) continue;
    LLMEMBED_RETURN_IF_ERROR(call.ops->AddRows(gradients.result, share, rows, argument));
  }
  return {};
}

}  // namespace

extern const Operator kAvg;
constinit const Operator kAvg = {
    .name = "avg", .infer_width = InferWidth, .forward = Forward, .backward = Backward};

}  // namespace llmembed::fusion
