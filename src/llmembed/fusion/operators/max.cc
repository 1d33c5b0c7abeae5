// max(a, b, ...): the elementwise maximum of vectors of one width.
#include <algorithm>

#include "fusion/operators/operator.h"

namespace llmembed::fusion {
namespace {

Result<size_t> InferWidth(std::span<const Operand> operands, std::span<const double>) {
  return EqualWidth("max", operands);
}

Status Forward(const Call&, std::span<const RowBlock<const float>> arguments, size_t rows,
               RowBlock<float> result) {
  for (size_t row = 0; row < rows; ++row) {
    const std::span<float> out = result.Row(row);
    std::ranges::copy(arguments.front().Row(row), out.begin());
    for (const RowBlock<const float>& argument : arguments.subspan(1)) {
      const std::span<const float> values = argument.Row(row);
      for (size_t i = 0; i < out.size(); ++i) out[i] = std::max(out[i], values[i]);
    }
  }
  return {};
}

// To the first argument that has the maximum.
void BackwardRow(std::span<const RowBlock<const float>> arguments, size_t row,
                 std::span<const float> result, const CallGradients& gradients) {
  for (size_t i = 0; i < result.size(); ++i) {
    size_t chosen = 0;
    while (chosen + 1 < arguments.size() && arguments[chosen].Row(row)[i] != result[i]) ++chosen;
    const RowBlock<float>& gradient = gradients.arguments[chosen];
    if (gradient.data != nullptr) gradient.Row(row)[i] += gradients.result.Row(row)[i];
  }
}

Status Backward(const Call&, std::span<const RowBlock<const float>> arguments, size_t rows,
                RowBlock<const float> result, const CallGradients& gradients) {
  for (size_t row = 0; row < rows; ++row) {
    BackwardRow(arguments, row, result.Row(row), gradients);
  }
  return {};
}

}  // namespace

extern const Operator kMax;
constinit const Operator kMax = {
    .name = "max", .infer_width = InferWidth, .forward = Forward, .backward = Backward};

}  // namespace llmembed::fusion
