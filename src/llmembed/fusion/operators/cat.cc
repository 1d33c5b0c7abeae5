// cat(a, b, ...): the vectors one behind the other.
#include <cstdint>
#include <numeric>

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

Columns ColumnsOf(std::span<const size_t> widths, size_t index) {
  const size_t begin = std::accumulate(widths.begin(), widths.begin() + index, size_t{0});
  return {begin, begin + widths[index]};
}

Status Forward(const Call& call, std::span<const RowBlock<const float>> arguments, size_t rows,
               RowBlock<float> result) {
  float* out = result.data;
  for (const RowBlock<const float>& argument : arguments) {
    LLMEMBED_RETURN_IF_ERROR(
        call.ops->CopyRows(argument, rows, {out, argument.width, result.stride}));
    out += argument.width;
  }
  return {};
}

Status Backward(const Call& call, std::span<const RowBlock<const float>> arguments, size_t rows,
                RowBlock<const float>, const CallGradients& gradients) {
  const float* of_result = gradients.result.data;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const size_t width = arguments[i].width;
    if (gradients.arguments[i].data != nullptr) {
      LLMEMBED_RETURN_IF_ERROR(call.ops->AddRows({of_result, width, gradients.result.stride}, 1.0F,
                                                 rows, gradients.arguments[i]));
    }
    of_result += width;
  }
  return {};
}

}  // namespace

extern const Operator kCat;
constinit const Operator kCat = {.name = "cat",
                                 .infer_width = InferWidth,
                                 .columns_of = ColumnsOf,
                                 .forward = Forward,
                                 .backward = Backward};

}  // namespace llmembed::fusion
