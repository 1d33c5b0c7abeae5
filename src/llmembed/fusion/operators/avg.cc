// avg(a, b, ...): the elementwise mean of vectors of one width.
#include <algorithm>
#include <array>

#include "fusion/operators/operator.h"

namespace llmembed::fusion {
namespace {

Result<size_t> InferWidth(std::span<const Operand> operands, std::span<const double>) {
  return EqualWidth("avg", operands);
}

// Summed in double, in the order of the arguments, and rounded once: the float nearest the mean.
// A strip at a time, so that the sums stay in the L1 cache and the loop over a strip is vectorised.
void AverageRow(std::span<const RowBlock<const float>> arguments, size_t row,
                std::span<float> result) {
  constexpr size_t kStrip = 256;
  const double count = static_cast<double>(arguments.size());
  for (size_t begin = 0; begin < result.size(); begin += kStrip) {
    const size_t length = std::min(kStrip, result.size() - begin);
    std::array<double, kStrip> sums{};
    for (const RowBlock<const float>& argument : arguments) {
      const float* values = argument.Row(row).data() + begin;
      for (size_t i = 0; i < length; ++i) sums[i] += values[i];
    }
    for (size_t i = 0; i < length; ++i) result[begin + i] = static_cast<float>(sums[i] / count);
  }
}

Status Forward(const Call&, std::span<const RowBlock<const float>> arguments, size_t rows,
               RowBlock<float> result) {
  for (size_t row = 0; row < rows; ++row) AverageRow(arguments, row, result.Row(row));
  return {};
}

Status Backward(const Call&, std::span<const RowBlock<const float>> arguments, size_t rows,
                RowBlock<const float>, const CallGradients& gradients) {
  const float share = 1.0F / static_cast<float>(arguments.size());
  for (const RowBlock<float>& argument : gradients.arguments) {
    if (argument.data == nullptr) continue;
    for (size_t row = 0; row < rows; ++row) {
      const std::span<const float> of_result = gradients.result.Row(row);
      const std::span<float> of_argument = argument.Row(row);
      for (size_t i = 0; i < of_result.size(); ++i) of_argument[i] += of_result[i] * share;
    }
  }
  return {};
}

}  // namespace

extern const Operator kAvg;
constinit const Operator kAvg = {
    .name = "avg", .infer_width = InferWidth, .forward = Forward, .backward = Backward};

}  // namespace llmembed::fusion
