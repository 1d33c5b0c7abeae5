// Linear layers against plain loops.
#include "base/cpu.h"
#include "compute/cpu/backend_test_support.h"

namespace llmembed::compute {
namespace {

using tensor::DType;

class LinearTest : public BackendTest {
 protected:
  void Check(size_t rows, size_t inputs, size_t outputs, DType weight_type) {
    SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(inputs) + " x " +
                 std::to_string(outputs) + ", weights of " + DTypeName(weight_type));
    const auto weight = RandomWeight(weight_type, inputs * outputs, 0.1F, &random_);
    const auto bias = RandomFloats(outputs, 1.0F, &random_);
    const auto in = RandomMatrix(type(), rows, inputs, 1.0F, &random_);
    const auto fast_weights = *fast_->Pack(weight.view(), bias, inputs, outputs);
    const auto reference_weights = *reference_->Pack(weight.view(), bias, inputs, outputs);
    const auto reference = ZeroMatrix(DType::kF32, rows, outputs);
    ASSERT_TRUE(reference_stream_->Linear(*reference_weights, in.view, reference.view).ok());
    for (const DType out_type : {DType::kF32, type()}) {
      const auto fast = ZeroMatrix(out_type, rows, outputs);
      ASSERT_TRUE(fast_stream_->Linear(*fast_weights, in.view, fast.view).ok());
      EXPECT_LT(Difference(fast.view, reference.view),
                out_type == DType::kF32 ? 5e-6 : tolerance());
    }
  }
};

TEST_P(LinearTest, OddSizesAgreeWithReference) {
  for (const OddLinearCase& c : OddLinearCases()) {
    for (const DType dtype : {DType::kF32, DType::kBF16}) Check(c.rows, c.inputs, c.outputs, dtype);
  }
}

TEST_P(LinearTest, ModelsAgreeWithReference) {
  for (const ModelCase& model : ModelCases()) {
    SCOPED_TRACE(model.name);
    for (const LinearCase& c : LinearCasesOf(model)) {
      if (c.inputs * c.outputs > 20'000'000) continue;  // plain loops would take a minute
      Check(c.inputs * c.outputs > 5'000'000 ? 1 : 18, c.inputs, c.outputs, DType::kBF16);
    }
  }
}

TEST_P(LinearTest, NoBiasIsABiasOfZero) {
  const auto weight = RandomWeight(DType::kF32, 33 * 21, 0.1F, &random_);
  const auto in = RandomMatrix(type(), 5, 33, 1.0F, &random_);
  const auto without = ZeroMatrix(DType::kF32, 5, 21);
  const auto with = ZeroMatrix(DType::kF32, 5, 21);
  const std::vector<float> zeros(21, 0.0F);
  const auto no_bias = *fast_->Pack(weight.view(), {}, 33, 21);
  const auto zero_bias = *fast_->Pack(weight.view(), zeros, 33, 21);
  ASSERT_TRUE(fast_stream_->Linear(*no_bias, in.view, without.view).ok());
  ASSERT_TRUE(fast_stream_->Linear(*zero_bias, in.view, with.view).ok());
  EXPECT_TRUE(SameBits(without.view, with.view));
}

TEST_P(LinearTest, RowDoesNotDependOnItsBatch) {
  if (!base::Cpu().avx512) GTEST_SKIP() << "skipped: bit-equal rows are promised on AVX-512 only";
  const size_t inputs = 384;
  const size_t outputs = 1152;
  const auto weight = RandomWeight(DType::kF32, inputs * outputs, 0.1F, &random_);
  const auto weights = *fast_->Pack(weight.view(), {}, inputs, outputs);
  const auto in = RandomMatrix(type(), 300, inputs, 1.0F, &random_);
  const auto all = ZeroMatrix(DType::kF32, 300, outputs);
  ASSERT_TRUE(fast_stream_->Linear(*weights, in.view, all.view).ok());
  for (const size_t row : {size_t{0}, size_t{17}, size_t{299}}) {
    const auto one = ZeroMatrix(DType::kF32, 1, outputs);
    ASSERT_TRUE(fast_stream_->Linear(*weights, RowsOf(in.view, row, 1).view, one.view).ok());
    EXPECT_TRUE(SameBits(one.view, RowsOf(all.view, row, 1).view));
  }
}

LLMEMBED_TEST_BOTH_MATH_TYPES(LinearTest);

}  // namespace
}  // namespace llmembed::compute
