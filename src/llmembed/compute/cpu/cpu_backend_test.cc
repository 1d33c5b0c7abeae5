// The fast backend against plain loops, over the table of cases, in both math types.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/cpu.h"
#include "compute/op_cases/op_cases.h"

namespace llmembed::compute {
namespace {

using tensor::DType;

// Largest |a - b| over the largest |b|.
double Difference(const Matrix& a, const Matrix& b) {
  const std::vector<float> left = ToFloats(a);
  const std::vector<float> right = ToFloats(b);
  double difference = 0.0;
  double scale = 1e-6;
  for (size_t i = 0; i < left.size(); ++i) {
    if (!std::isfinite(left[i])) return INFINITY;
    difference = std::max(difference, static_cast<double>(std::abs(left[i] - right[i])));
    scale = std::max(scale, static_cast<double>(std::abs(right[i])));
  }
  return difference / scale;
}

class CpuBackendTest : public testing::TestWithParam<MathType> {
 protected:
  void SetUp() override {
    auto backend = MakeCpuBackend(GetParam());
    if (!backend.ok() && backend.status().code() == StatusCode::kUnsupported) {
      GTEST_SKIP() << "skipped: " << backend.status().message();
    }
    fast_ = *std::move(backend);
    reference_ = MakeReferenceBackend(GetParam());
    fast_stream_ = *fast_->MakeStream();
    reference_stream_ = *reference_->MakeStream();
  }

  DType type() const { return fast_->activation_type(); }
  // One step of bf16 is 2^-8 of a number; f32 sums differ by their order.
  double tolerance() const { return type() == DType::kBF16 ? 1.0 / 128 : 2e-6; }

  std::unique_ptr<Backend> fast_, reference_;
  std::unique_ptr<Stream> fast_stream_, reference_stream_;
  base::Random random_{7};
};

TEST_P(CpuBackendTest, LinearAgreesWithReference) {
  for (const LinearCase& c : LinearCases()) {
    SCOPED_TRACE(std::to_string(c.rows) + " x " + std::to_string(c.inputs) + " x " +
                 std::to_string(c.outputs));
    const auto weight = RandomFloats(c.inputs * c.outputs, 0.1F, &random_);
    const auto bias = RandomFloats(c.outputs, 1.0F, &random_);
    const auto in = RandomMatrix(type(), c.rows, c.inputs, 1.0F, &random_);
    const auto fast_weights = *fast_->Pack(weight, bias, c.inputs, c.outputs);
    const auto reference_weights = *reference_->Pack(weight, bias, c.inputs, c.outputs);
    for (const DType out_type : {DType::kF32, type()}) {
      const auto fast = RandomMatrix(out_type, c.rows, c.outputs, 0.0F, &random_);
      const auto reference = CopyOf(fast);
      ASSERT_TRUE(fast_stream_->Linear(*fast_weights, in.view, fast.view).ok());
      ASSERT_TRUE(reference_stream_->Linear(*reference_weights, in.view, reference.view).ok());
      EXPECT_LT(Difference(fast.view, reference.view),
                out_type == DType::kF32 ? 5e-6 : tolerance());
    }
  }
}

TEST_P(CpuBackendTest, LinearRowDoesNotDependOnItsBatch) {
  if (!base::Cpu().avx512) GTEST_SKIP() << "skipped: bit-equal rows are promised on AVX-512 only";
  const size_t inputs = 384;
  const size_t outputs = 1152;
  const auto weight = RandomFloats(inputs * outputs, 0.1F, &random_);
  const auto weights = *fast_->Pack(weight, {}, inputs, outputs);
  const auto in = RandomMatrix(type(), 300, inputs, 1.0F, &random_);
  const auto all = RandomMatrix(DType::kF32, 300, outputs, 0.0F, &random_);
  ASSERT_TRUE(fast_stream_->Linear(*weights, in.view, all.view).ok());
  for (const size_t row : {size_t{0}, size_t{17}, size_t{299}}) {
    auto one_in = RandomMatrix(type(), 1, inputs, 0.0F, &random_);
    std::copy_n(static_cast<const std::byte*>(in.view.data) + row * inputs * DTypeSize(type()),
                inputs * DTypeSize(type()), static_cast<std::byte*>(one_in.view.data));
    const auto one = RandomMatrix(DType::kF32, 1, outputs, 0.0F, &random_);
    ASSERT_TRUE(fast_stream_->Linear(*weights, one_in.view, one.view).ok());
    EXPECT_TRUE(
        std::equal(one.view.f32(), one.view.f32() + outputs, all.view.f32() + row * outputs));
  }
}

TEST_P(CpuBackendTest, AddLayerNormAgreesWithReference) {
  for (const NormCase& c : NormCases()) {
    SCOPED_TRACE(std::to_string(c.rows) + " x " + std::to_string(c.width));
    const auto scale = RandomFloats(c.width, 1.0F, &random_);
    const auto shift = RandomFloats(c.width, 1.0F, &random_);
    const LayerNormWeights weights{scale, shift, 1e-12F};
    const auto fast = RandomMatrix(DType::kF32, c.rows, c.width, 3.0F, &random_);
    const auto reference = CopyOf(fast);
    const auto residual = RandomMatrix(DType::kF32, c.rows, c.width, 3.0F, &random_);
    const Matrix added = c.has_residual ? residual.view : Matrix{};
    const auto fast_rounded = RandomMatrix(DType::kBF16, c.rows, c.width, 0.0F, &random_);
    const auto reference_rounded = CopyOf(fast_rounded);
    ASSERT_TRUE(fast_stream_->AddLayerNorm(weights, fast.view, added, fast_rounded.view).ok());
    ASSERT_TRUE(
        reference_stream_->AddLayerNorm(weights, reference.view, added, reference_rounded.view)
            .ok());
    EXPECT_LT(Difference(fast.view, reference.view), 2e-6);
    EXPECT_LT(Difference(fast_rounded.view, reference_rounded.view), 1.0 / 128);
  }
}

TEST_P(CpuBackendTest, ActivateAgreesWithReference) {
  for (const ActivationCase& c : ActivationCases()) {
    SCOPED_TRACE(std::to_string(c.width));
    const auto fast = RandomMatrix(type(), c.rows, c.width, 4.0F, &random_);
    const auto reference = CopyOf(fast);
    ASSERT_TRUE(fast_stream_->Activate(c.activation, fast.view).ok());
    ASSERT_TRUE(reference_stream_->Activate(c.activation, reference.view).ok());
    EXPECT_LT(Difference(fast.view, reference.view), tolerance());
  }
}

TEST_P(CpuBackendTest, ActivationsAreFiniteFarOut) {
  for (const Activation activation : {Activation::kGeluErf, Activation::kGeluTanh}) {
    auto x = RandomMatrix(DType::kF32, 1, 5, 0.0F, &random_);
    const float inputs[] = {-1e30F, -200.0F, 0.0F, 200.0F, 1e30F};
    std::copy(std::begin(inputs), std::end(inputs), x.view.f32());
    ASSERT_TRUE(fast_stream_->Activate(activation, x.view).ok());
    EXPECT_NEAR(x.view.f32()[1], 0.0F, 1e-4F);
    EXPECT_EQ(x.view.f32()[2], 0.0F);
    EXPECT_NEAR(x.view.f32()[3], 200.0F, 1e-4F);
  }
}

TEST_P(CpuBackendTest, AttentionAgreesWithReference) {
  for (const AttentionCase& c : AttentionCases()) {
    const auto starts = StartsOf(c.lengths);
    const auto tokens = static_cast<size_t>(starts.back());
    const size_t width = c.heads * c.head_size;
    SCOPED_TRACE(std::to_string(tokens) + " tokens, heads of " + std::to_string(c.head_size));
    const AttentionShape shape{c.heads, c.head_size,
                               1.0F / std::sqrt(static_cast<float>(c.head_size))};
    const auto qkv = RandomMatrix(type(), tokens, 3 * width, 1.5F, &random_);
    const auto fast = RandomMatrix(type(), tokens, width, 0.0F, &random_);
    const auto reference = CopyOf(fast);
    ASSERT_TRUE(fast_stream_->Attention(shape, qkv.view, starts, fast.view).ok());
    ASSERT_TRUE(reference_stream_->Attention(shape, qkv.view, starts, reference.view).ok());
    EXPECT_LT(Difference(fast.view, reference.view), std::max(tolerance(), 5e-6));
  }
}

TEST_P(CpuBackendTest, AttentionSurvivesHugeScores) {
  const AttentionShape shape{1, 4, 1.0F};
  const auto qkv = RandomMatrix(type(), 3, 12, 1000.0F, &random_);
  const auto fast = RandomMatrix(type(), 3, 4, 0.0F, &random_);
  const auto reference = CopyOf(fast);
  const std::vector<int32_t> starts = {0, 3};
  ASSERT_TRUE(fast_stream_->Attention(shape, qkv.view, starts, fast.view).ok());
  ASSERT_TRUE(reference_stream_->Attention(shape, qkv.view, starts, reference.view).ok());
  EXPECT_LT(Difference(fast.view, reference.view), tolerance());
}

TEST_P(CpuBackendTest, EmbedAgreesWithReference) {
  const size_t width = 37;
  const auto words = RandomFloats(11 * width, 1.0F, &random_);
  const auto positions = RandomFloats(5 * width, 1.0F, &random_);
  const auto type_row = RandomFloats(width, 1.0F, &random_);
  const std::vector<int32_t> ids = {10, 0, 3, 3};
  const std::vector<int32_t> rows = {0, 1, 4, 0};
  for (const bool has_type : {true, false}) {
    const EmbeddingTables tables{
        words, positions, has_type ? std::span<const float>(type_row) : std::span<const float>()};
    const auto fast = RandomMatrix(DType::kF32, 4, width, 0.0F, &random_);
    const auto reference = CopyOf(fast);
    ASSERT_TRUE(fast_stream_->Embed(tables, ids, rows, fast.view).ok());
    ASSERT_TRUE(reference_stream_->Embed(tables, ids, rows, reference.view).ok());
    EXPECT_EQ(ToFloats(fast.view), ToFloats(reference.view));
  }
}

INSTANTIATE_TEST_SUITE_P(MathTypes, CpuBackendTest,
                         testing::Values(MathType::kF32, MathType::kBF16),
                         [](const auto& parameter) {
                           return parameter.param == MathType::kF32 ? "f32" : "bf16";
                         });

}  // namespace
}  // namespace llmembed::compute
