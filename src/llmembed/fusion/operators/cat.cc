// cat(a, b, ...): the vectors one behind the other.
#include <algorithm>
#include <cstdint>

#include "base/checked.h"
#include "fusion/operators/operator.h"

namespace llmembed::fusion {
namespace {

Result<size_t> InferWidth(std::span<const Operand> operands) {
  size_t width = 0;
  for (const Operand& operand : operands) {
    const auto sum = base::CheckedAdd(width, operand.width);
    if (!sum) return Status(StatusCode::kBadData, "the result of cat is too wide");
    width = *sum;
  }
  return width;
}

void Forward(std::span<const RowBlock<const float>> arguments, size_t rows,
             RowBlock<float> result) {
  for (size_t row = 0; row < rows; ++row) {
    auto out = result.Row(row).begin();
    for (const RowBlock<const float>& argument : arguments) {
      out = std::ranges::copy(argument.Row(row), out).out;
    }
  }
}

}  // namespace

extern const Operator kCat;
constinit const Operator kCat = {.name = "cat", .infer_width = InferWidth, .forward = Forward};

}  // namespace llmembed::fusion
