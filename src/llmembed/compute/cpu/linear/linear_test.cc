// Linear layers against plain loops.
#include <thread>

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
  for (const LinearCase& c : {LinearCase{384, 1152}, LinearCase{1536, 384}}) {
    SCOPED_TRACE(std::to_string(c.inputs) + " x " + std::to_string(c.outputs));
    const auto weight = RandomWeight(DType::kF32, c.inputs * c.outputs, 0.1F, &random_);
    const auto weights = *fast_->Pack(weight.view(), {}, c.inputs, c.outputs);
    const auto in = RandomMatrix(type(), 300, c.inputs, 1.0F, &random_);
    const auto all = ZeroMatrix(DType::kF32, 300, c.outputs);
    ASSERT_TRUE(fast_stream_->Linear(*weights, in.view, all.view).ok());
    for (const size_t count : {1, 17, 100}) {
      for (const size_t row : {size_t{0}, size_t{17}, 300 - count}) {
        const auto some = ZeroMatrix(DType::kF32, count, c.outputs);
        ASSERT_TRUE(
            fast_stream_->Linear(*weights, RowsOf(in.view, row, count).view, some.view).ok());
        EXPECT_TRUE(SameBits(some.view, RowsOf(all.view, row, count).view));
      }
    }
  }
}

// Layers are packed side by side when a model is loaded.
TEST_P(LinearTest, PacksOnSeveralThreadsAtOnce) {
  const size_t inputs = 300;
  const size_t outputs = 200;
  const auto in = RandomMatrix(type(), 20, inputs, 1.0F, &random_);
  std::vector<OwnedWeight> sources;
  for (int i = 0; i < 8; ++i) {
    sources.push_back(
        RandomWeight(i % 2 == 0 ? DType::kF32 : DType::kBF16, inputs * outputs, 0.1F, &random_));
  }
  std::vector<std::unique_ptr<PackedLinear>> packed(sources.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < sources.size(); ++i) {
    threads.emplace_back(
        [&, i] { packed[i] = *fast_->Pack(sources[i].view(), {}, inputs, outputs); });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < sources.size(); ++i) {
    const auto alone = *fast_->Pack(sources[i].view(), {}, inputs, outputs);
    const auto a = ZeroMatrix(DType::kF32, 20, outputs);
    const auto b = ZeroMatrix(DType::kF32, 20, outputs);
    ASSERT_TRUE(fast_stream_->Linear(*packed[i], in.view, a.view).ok());
    ASSERT_TRUE(fast_stream_->Linear(*alone, in.view, b.view).ok());
    EXPECT_TRUE(SameBits(a.view, b.view));
  }
}

// Attention sets the CPU's tiles up for itself; a product before it and one behind it agree.
TEST_P(LinearTest, AttentionInBetweenChangesNothing) {
  const AttentionShape shape{.heads = 3, .kv_heads = 3, .head_size = 20, .scale = 0.2F};
  const auto weight = RandomWeight(DType::kF32, 60 * 180, 0.1F, &random_);
  const auto weights = *fast_->Pack(weight.view(), {}, 60, 180);
  const auto in = RandomMatrix(type(), 40, 60, 1.0F, &random_);
  const auto before = ZeroMatrix(type(), 40, 180);
  const auto after = ZeroMatrix(type(), 40, 180);
  const auto out = ZeroMatrix(type(), 40, 60);
  const std::vector<int32_t> starts = {0, 40};
  ASSERT_TRUE(fast_stream_->Linear(*weights, in.view, before.view).ok());
  ASSERT_TRUE(fast_stream_->Attention(shape, {starts, {}}, before.view, out.view).ok());
  ASSERT_TRUE(fast_stream_->Linear(*weights, in.view, after.view).ok());
  EXPECT_TRUE(SameBits(before.view, after.view));
}

LLMEMBED_TEST_ALL_MATH_TYPES(LinearTest);

}  // namespace
}  // namespace llmembed::compute
