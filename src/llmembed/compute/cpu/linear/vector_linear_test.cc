// Linear layers by vectors against plain loops, on every CPU: also where others do them.
#include "compute/cpu/linear/vector_linear.h"

#include "compute/cpu/backend_test_support.h"
#include "compute/int8.h"

namespace llmembed::compute::cpu {
namespace {

using tensor::DType;

// f32, or as whole numbers.
enum class Rounding { kNone, kInt8 };

// The numbers that a product is made of, a row at a time: each about value * scale + offset.
struct Rounded {
  std::vector<double> values;
  std::vector<double> scales, offsets;  // of rows

  explicit Rounded(const std::vector<float>& numbers, size_t columns)
      : values(numbers.begin(), numbers.end()),
        scales(numbers.size() / columns, 1.0),
        offsets(scales.size(), 0.0) {}
};

Rounded RoundInput(const std::vector<float>& numbers, size_t columns, Rounding rounding) {
  Rounded rounded(numbers, columns);
  for (size_t row = 0; rounding == Rounding::kInt8 && row < rounded.scales.size(); ++row) {
    const auto values = std::span(numbers).subspan(row * columns, columns);
    const float lowest = std::min(0.0F, *std::ranges::min_element(values));
    const float span = std::max(0.0F, *std::ranges::max_element(values)) - lowest;
    const float factor = Int8Factor(span, kLargestByte);
    const float zero = ByteOffset(lowest, factor);
    rounded.scales[row] = Int8Scale(span, kLargestByte);
    rounded.offsets[row] = -zero * rounded.scales[row];
    for (size_t i = 0; i < columns; ++i) {
      rounded.values[row * columns + i] =
          std::clamp(std::nearbyintf(values[i] * factor) + zero, 0.0F, kLargestByte);
    }
  }
  return rounded;
}

Rounded RoundWeight(const std::vector<float>& numbers, size_t columns, Rounding rounding) {
  Rounded rounded(numbers, columns);
  for (size_t row = 0; rounding == Rounding::kInt8 && row < rounded.scales.size(); ++row) {
    const auto values = std::span(numbers).subspan(row * columns, columns);
    float largest = 0.0F;
    for (const float x : values) largest = std::max(largest, std::abs(x));
    if (Int8AddsFours()) largest = LargestWithFours(largest, LargestFour(values));
    rounded.scales[row] = Int8Scale(largest, kLargestInt8);
    for (size_t i = 0; i < columns; ++i) {
      rounded.values[row * columns + i] =
          std::nearbyintf(values[i] * Int8Factor(largest, kLargestInt8));
    }
  }
  return rounded;
}

struct Layer {
  size_t inputs, outputs;
};

class VectorLinearTest : public testing::TestWithParam<Rounding> {
 protected:
  MathType math_type() const {
    return GetParam() == Rounding::kInt8 ? MathType::kInt8 : MathType::kF32;
  }

  void Check(size_t rows, const Layer& layer, const std::vector<float>& in,
             const std::vector<float>& weight, const std::vector<float>& bias) {
    SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(layer.inputs) + " x " +
                 std::to_string(layer.outputs));
    const Rounded x = RoundInput(in, layer.inputs, GetParam());
    const Rounded w = RoundWeight(weight, layer.inputs, GetParam());
    const auto packed = *PackVectorLinear(math_type(), {DType::kF32, weight.data()}, bias,
                                          layer.inputs, layer.outputs, OutputUse::kPlain);
    std::vector<float> input = in;
    std::vector<float> out(rows * layer.outputs, 7.0F);
    const Matrix from{DType::kF32, rows, layer.inputs, input.data()};
    const Matrix to{DType::kF32, rows, layer.outputs, out.data()};
    const auto& linear = static_cast<const VectorLinear&>(*packed);
    ASSERT_TRUE(runner_.Linear(linear, from, to, Write::kReplace).ok());
    for (size_t row = 0; row < rows; ++row) {
      for (size_t n = 0; n < layer.outputs; ++n) {
        double sum = 0.0;
        double size = 0.0;
        double weights = 0.0;
        for (size_t k = 0; k < layer.inputs; ++k) {
          const double product = x.values[row * layer.inputs + k] * w.values[n * layer.inputs + k];
          sum += product;
          size += std::abs(product);
          weights += w.values[n * layer.inputs + k];
        }
        const double scale = x.scales[row] * w.scales[n];
        const double rest = x.offsets[row] * weights * w.scales[n];
        // Whole sums are exact; what is left is that of the scales, the bias and f32.
        const double error = GetParam() == Rounding::kInt8
                                 ? 4e-7 * (std::abs(sum * scale) + std::abs(rest))
                                 : 3e-7 * size;
        ASSERT_NEAR(out[row * layer.outputs + n], sum * scale + rest + bias[n], error + 1e-6)
            << "row " << row << ", output " << n;
      }
    }
  }

  base::Random random_{11};
  VectorRunner runner_;
};

TEST_P(VectorLinearTest, AgreesWithPlainLoops) {
  for (const size_t rows : {1, 2, 3, 4, 5, 6, 7, 13, 600}) {
    for (const Layer& layer : {Layer{1, 1}, Layer{2, 17}, Layer{33, 64}, Layer{1024, 9},
                               Layer{1037, 33}, Layer{5000, 2}}) {
      Check(rows, layer, RandomFloats(rows * layer.inputs, 1.0F, &random_),
            RandomFloats(layer.inputs * layer.outputs, 0.1F, &random_),
            RandomFloats(layer.outputs, 1.0F, &random_));
    }
  }
}

// Rows of equal numbers and weights make the largest sums of fours, of either sign, and of a row.
TEST_P(VectorLinearTest, LargestSumsAreExact) {
  const Layer layer{kMostInt8Inputs, 20};
  for (const float sign : {1.0F, -1.0F}) {
    Check(3, layer, std::vector<float>(3 * layer.inputs, sign),
          std::vector<float>(layer.inputs * layer.outputs, 1.0F),
          std::vector<float>(layer.outputs, 0.0F));
  }
}

INSTANTIATE_TEST_SUITE_P(Roundings, VectorLinearTest,
                         testing::Values(Rounding::kNone, Rounding::kInt8),
                         [](const auto& parameter) {
                           return parameter.param == Rounding::kInt8 ? "int8" : "f32";
                         });

}  // namespace
}  // namespace llmembed::compute::cpu
