// cat(a, b, ...): the vectors one behind the other.
#include <algorithm>
#include <cstdint>

#include "base/checked.h"
#include "fusion/operators/operator.h"

namespace llmembed::fusion {
namespace {

Result<size_t> InferWidth(std::span<const Operand> operands, std::span<const double>) {
  size_t width = 0;
  for (const Operand& operand : operands) {
    const auto sum = base::CheckedAdd(width, operand.width);
    if (!sum) return Status(StatusCode::kBadData, "the result of cat is too wide");
    width = *sum;
  }
  return width;
}

Status Forward(const Call&, std::span<const RowBlock<const float>> arguments, size_t rows,
               RowBlock<float> result) {
  for (size_t row = 0; row < rows; ++row) {
    auto out = result.Row(row).begin();
    for (const RowBlock<const float>& argument : arguments) {
      out = std::ranges::copy(argument.Row(row), out).out;
    }
  }
  return {};
}

Status Backward(const Call&, std::span<const RowBlock<const float>> arguments, size_t rows,
                RowBlock<const float>, const CallGradients& gradients) {
  for (size_t row = 0; row < rows; ++row) {
    const float* of_result = gradients.result.Row(row).data();
    for (size_t i = 0; i < arguments.size(); ++i) {
      const RowBlock<float>& of_argument = gradients.arguments[i];
      const size_t width = arguments[i].width;
      if (of_argument.data != nullptr) {
        for (size_t j = 0; j < width; ++j) of_argument.Row(row)[j] += of_result[j];
      }
      of_result += width;
    }
  }
  return {};
}

}  // namespace

extern const Operator kCat;
constinit const Operator kCat = {
    .name = "cat", .infer_width = InferWidth, .forward = Forward, .backward = Backward};

}  // namespace llmembed::fusion
