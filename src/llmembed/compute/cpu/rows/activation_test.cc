// Activations and gates against plain loops and against their formulas in f64.
#include "compute/cpu/backend_test_support.h"

namespace llmembed::compute {
namespace {

using tensor::DType;

constexpr Activation kAll[] = {Activation::kGeluErf, Activation::kGeluTanh, Activation::kQuickGelu,
                               Activation::kRelu, Activation::kSilu};

double Exact(Activation activation, double x) {
  switch (activation) {
    case Activation::kGeluErf:
      return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case Activation::kGeluTanh:
      return x / (1 + std::exp(-2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case Activation::kQuickGelu:
      return x / (1 + std::exp(-1.702 * x));
    case Activation::kRelu:
      return std::max(x, 0.0);
    case Activation::kSilu:
      return x / (1 + std::exp(-x));
  }
  return x;
}

class ActivationTest : public BackendTest {};

TEST_P(ActivationTest, AgreesWithReference) {
  for (const Activation activation : kAll) {
    for (const OddSize& c : OddSizes()) {
      SCOPED_TRACE(std::to_string(static_cast<int>(activation)) + ", " + std::to_string(c.width));
      const auto fast = RandomMatrix(type(), c.rows, c.width, 4.0F, &random_);
      const auto reference = CopyOf(fast.view);
      ASSERT_TRUE(fast_stream_->Activate(activation, fast.view).ok());
      ASSERT_TRUE(reference_stream_->Activate(activation, reference.view).ok());
      EXPECT_LT(Difference(fast.view, reference.view, 0.1), tolerance());
    }
  }
}

TEST_P(ActivationTest, GateAgreesWithReference) {
  for (const Activation activation : kAll) {
    for (const OddSize& c : OddSizes()) {
      SCOPED_TRACE(std::to_string(static_cast<int>(activation)) + ", " + std::to_string(c.width));
      const auto in = RandomMatrix(type(), c.rows, 2 * c.width, 3.0F, &random_);
      const auto fast = ZeroMatrix(type(), c.rows, c.width);
      const auto reference = ZeroMatrix(type(), c.rows, c.width);
      ASSERT_TRUE(fast_stream_->ActivateGated(activation, in.view, fast.view).ok());
      ASSERT_TRUE(reference_stream_->ActivateGated(activation, in.view, reference.view).ok());
      EXPECT_LT(Difference(fast.view, reference.view, 0.1), tolerance());
    }
  }
}

// To the last bits of f32, and half a step of bf16, all over the line.
TEST_P(ActivationTest, IsAsExactAsItsType) {
  const size_t count = 40001;
  const bool is_bf16 = type() == DType::kBF16;
  for (const Activation activation : kAll) {
    auto x = ZeroMatrix(type(), 1, count);
    for (size_t i = 0; i < count; ++i) {
      const float value = (static_cast<float>(i) - 20000.0F) / 1000.0F;
      if (is_bf16) {
        x.view.bf16()[i] = tensor::BF16FromFloat(value);
      } else {
        x.view.f32()[i] = value;
      }
    }
    const std::vector<float> before = ToFloats(x.view);
    ASSERT_TRUE(fast_stream_->Activate(activation, x.view).ok());
    const std::vector<float> after = ToFloats(x.view);
    for (size_t i = 0; i < count; ++i) {
      const double exact = Exact(activation, before[i]);
      const double step = is_bf16 ? 1.05 / 256 : 5e-7;
      const double absolute = is_bf16 ? 1e-6 : 1e-7;
      ASSERT_NEAR(after[i], exact, std::abs(exact) * step + absolute)
          << static_cast<int>(activation) << " of " << before[i];
    }
  }
}

TEST_P(ActivationTest, IsFiniteFarOut) {
  for (const Activation activation : kAll) {
    auto x = ZeroMatrix(DType::kF32, 1, 7);
    const float inputs[] = {-3e38F, -1e30F, -200.0F, 0.0F, 200.0F, 1e30F, 3e38F};
    std::copy(std::begin(inputs), std::end(inputs), x.view.f32());
    ASSERT_TRUE(fast_stream_->Activate(activation, x.view).ok());
    const std::vector<float> y = ToFloats(x.view);
    for (const size_t i : {0, 1, 2, 3}) EXPECT_NEAR(y[i], 0.0F, 1e-4F * (i < 2 ? 1e5F : 1.0F));
    for (const size_t i : {4, 5, 6}) EXPECT_FLOAT_EQ(y[i], inputs[i]);
  }
}

TEST_P(ActivationTest, NaNStaysNaN) {
  for (const Activation activation : {Activation::kGeluErf, Activation::kSilu}) {
    auto x = ZeroMatrix(DType::kF32, 1, 16);
    x.view.f32()[3] = NAN;
    ASSERT_TRUE(fast_stream_->Activate(activation, x.view).ok());
    EXPECT_TRUE(std::isnan(x.view.f32()[3]));
  }
}

LLMEMBED_TEST_ALL_MATH_TYPES(ActivationTest);

}  // namespace
}  // namespace llmembed::compute
