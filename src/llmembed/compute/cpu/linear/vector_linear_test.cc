// Linear layers by vectors against plain loops, on every CPU: also where others do them.
#include "compute/cpu/linear/vector_linear.h"

#include "compute/cpu/backend_test_support.h"
#include "compute/int8.h"

namespace llmembed::compute::cpu {
namespace {

using tensor::DType;

// f32, or as whole numbers.
enum class Rounding { kNone, kInt8 };

// The numbers that a product is made of, a row at a time.
struct Rounded {
  std::vector<double> values;
  std::vector<double> scales;  // of rows
};

Rounded RoundRows(const std::vector<float>& values, size_t columns, Rounding rounding,
                  float steps) {
  Rounded rounded{{values.begin(), values.end()}, std::vector<double>(values.size() / columns, 1)};
  if (rounding == Rounding::kNone) return rounded;
  for (size_t row = 0; row < rounded.scales.size(); ++row) {
    float largest = 0.0F;
    for (size_t i = 0; i < columns; ++i) {
      largest = std::max(largest, std::abs(values[row * columns + i]));
    }
    rounded.scales[row] = Int8Scale(largest, steps);
    for (size_t i = row * columns; i < (row + 1) * columns; ++i) {
      rounded.values[i] = std::nearbyintf(values[i] * Int8Factor(largest, steps));
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
    const Rounded x = RoundRows(in, layer.inputs, GetParam(), LargestActivation(layer.inputs));
    const Rounded w = RoundRows(weight, layer.inputs, GetParam(), kLargestInt8);
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
        for (size_t k = 0; k < layer.inputs; ++k) {
          const double product = x.values[row * layer.inputs + k] * w.values[n * layer.inputs + k];
          sum += product;
          size += std::abs(product);
        }
        const double scale = x.scales[row] * w.scales[n];
        // Whole sums are exact; what is left is that of the scales, the bias and f32.
        const double bar = GetParam() == Rounding::kInt8 ? 4e-7 * std::abs(sum) : 3e-7 * size;
        ASSERT_NEAR(out[row * layer.outputs + n], sum * scale + bias[n], bar * scale + 1e-6)
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

// Of two products of int8 the sum needs more than 15 bits, of a row of them 31.
TEST_P(VectorLinearTest, LargestSumsAreExact) {
  const Layer layer{20'000, 20};
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
