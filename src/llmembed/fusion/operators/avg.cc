// avg(a, b, ...): the elementwise mean of vectors of one width.
#include <algorithm>
#include <array>

#include "fusion/operators/operator.h"

namespace llmembed::fusion {
namespace {

Result<size_t> InferWidth(std::span<const Operand> operands) {
  const Operand& first = operands.front();
  for (const Operand& operand : operands) {
    if (operand.width == first.width) continue;
    return Status(StatusCode::kBadData,
                  "avg needs vectors of equal widths, but " + std::string(first.text) + " has " +
                      std::to_string(first.width) + " and " + std::string(operand.text) + " has " +
                      std::to_string(operand.width));
  }
  return first.width;
}

// Summed in double, in the order of the arguments, and rounded once: the float nearest the mean.
// A strip at a time, so that the sums stay in the L1 cache and the loop over a strip is vectorised.
void Forward(std::span<const RowBlock<const float>> arguments, size_t rows,
             RowBlock<float> result) {
  constexpr size_t kStrip = 256;
  const double count = static_cast<double>(arguments.size());
  const size_t total = rows * result.width;
  for (size_t begin = 0; begin < total; begin += kStrip) {
    const size_t length = std::min(kStrip, total - begin);
    std::array<double, kStrip> sums{};
    for (const RowBlock<const float>& argument : arguments) {
      const float* values = argument.data.data() + begin;
      for (size_t i = 0; i < length; ++i) sums[i] += values[i];
    }
    for (size_t i = 0; i < length; ++i) {
      result.data[begin + i] = static_cast<float>(sums[i] / count);
    }
  }
}

}  // namespace

extern const Operator kAvg;
constinit const Operator kAvg = {.name = "avg", .infer_width = InferWidth, .forward = Forward};

}  // namespace llmembed::fusion
