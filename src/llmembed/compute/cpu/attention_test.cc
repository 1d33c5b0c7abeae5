// Attention against plain loops: every rule alone and with others, and a text in any company.
#include "compute/cpu/backend_test_support.h"

namespace llmembed::compute {
namespace {

using tensor::DType;

class AttentionTest : public BackendTest {
 protected:
  OwnedMatrix Run(Stream* stream, const AttentionShape& shape, const PackedTexts& texts,
                  const Matrix& qkv) {
    // Something to be overwritten.
    OwnedMatrix out = RandomMatrix(qkv.dtype, qkv.rows, shape.query_width(), 1e9F, &random_);
    EXPECT_TRUE(stream->Attention(shape, texts, qkv, out.view).ok());
    return out;
  }

  void Check(AttentionShape shape, const std::vector<int32_t>& tokens,
             const std::vector<int32_t>& read) {
    const auto starts = StartsOf(tokens);
    SCOPED_TRACE(std::to_string(starts.back()) + " tokens, heads of " +
                 std::to_string(shape.head_size));
    const auto bias = RandomBias(shape, &random_);
    shape.distance_bias = bias;
    const PackedTexts texts{starts, read};
    const auto rows = static_cast<size_t>(starts.back());
    const auto qkv = RandomMatrix(type(), rows, shape.qkv_width(), 2.0F, &random_);
    const auto fast = Run(fast_stream_.get(), shape, texts, qkv.view);
    const auto reference = Run(reference_stream_.get(), shape, texts, qkv.view);
    EXPECT_LT(Difference(fast.view, reference.view), std::max(tolerance(), 5e-6));
    CheckAlone(shape, texts, qkv.view, fast.view);
  }

  // Each text gives the same bits without the others.
  void CheckAlone(const AttentionShape& shape, const PackedTexts& texts, const Matrix& qkv,
                  const Matrix& all) {
    for (size_t text = 0; text + 1 < texts.starts.size(); ++text) {
      const auto begin = static_cast<size_t>(texts.starts[text]);
      const auto count = static_cast<size_t>(texts.starts[text + 1]) - begin;
      const std::vector<int32_t> starts = {0, static_cast<int32_t>(count)};
      const PackedTexts alone{
          starts, texts.lengths.empty() ? texts.lengths : texts.lengths.subspan(text, 1)};
      const auto one = Run(fast_stream_.get(), shape, alone, RowsOf(qkv, begin, count).view);
      EXPECT_TRUE(SameBits(one.view, RowsOf(all, begin, count).view)) << "text " << text;
    }
  }
};

TEST_P(AttentionTest, AgreesWithReference) {
  for (const AttentionCase& c : AttentionCases()) Check(c.shape, c.tokens, c.read);
}

TEST_P(AttentionTest, ModelsAgreeWithReference) {
  for (const ModelCase& model : ModelCases()) {
    SCOPED_TRACE(model.name);
    AttentionShape shape = model.attention;
    if (shape.window > 0) shape.window = 10;  // so that it shows in short texts
    Check(shape, {20, 1, 33}, {});
  }
}

TEST_P(AttentionTest, EveryLengthAndHeadSize) {
  for (int32_t length = 1; length <= 40; ++length) {
    const auto size = static_cast<size_t>(length);
    const AttentionShape shape{.heads = 2, .kv_heads = 1, .head_size = size, .scale = 0.2F};
    Check(shape, {length}, {});
    AttentionShape causal = shape;
    causal.is_causal = true;
    Check(causal, {41 - length}, {});
  }
}

// Padding with other tokens behind it, or none, leaves a text's own tokens as they are.
TEST_P(AttentionTest, PaddingIsNotRead) {
  const AttentionShape shape{.heads = 2, .kv_heads = 2, .head_size = 32, .scale = 0.2F};
  auto qkv = RandomMatrix(type(), 40, shape.qkv_width(), 2.0F, &random_);
  const std::vector<int32_t> starts = {0, 40};
  const std::vector<int32_t> read = {23};
  const auto padded = Run(fast_stream_.get(), shape, {starts, read}, qkv.view);
  const std::vector<int32_t> short_starts = {0, 23};
  const auto alone =
      Run(fast_stream_.get(), shape, {short_starts, {}}, RowsOf(qkv.view, 0, 23).view);
  EXPECT_TRUE(SameBits(RowsOf(padded.view, 0, 23).view, alone.view));
}

TEST_P(AttentionTest, SurvivesHugeScores) {
  const AttentionShape shape{.heads = 1, .kv_heads = 1, .head_size = 4, .scale = 1.0F};
  const auto qkv = RandomMatrix(type(), 3, 12, 1000.0F, &random_);
  const std::vector<int32_t> starts = {0, 3};
  const auto fast = Run(fast_stream_.get(), shape, {starts, {}}, qkv.view);
  const auto reference = Run(reference_stream_.get(), shape, {starts, {}}, qkv.view);
  EXPECT_LT(Difference(fast.view, reference.view), tolerance());
}

TEST_P(AttentionTest, NaNIsNotLost) {
  const AttentionShape shape{.heads = 1, .kv_heads = 1, .head_size = 16, .scale = 1.0F};
  auto qkv = RandomMatrix(type(), 20, 48, 1.0F, &random_);
  const size_t key = 5 * 48 + 16;
  if (type() == DType::kBF16) {
    qkv.view.bf16()[key] = 0x7FC0;
  } else {
    qkv.view.f32()[key] = NAN;
  }
  const std::vector<int32_t> starts = {0, 20};
  const auto out = Run(fast_stream_.get(), shape, {starts, {}}, qkv.view);
  for (const float value : ToFloats(out.view)) EXPECT_TRUE(std::isnan(value));
}

LLMEMBED_TEST_BOTH_MATH_TYPES(AttentionTest);

}  // namespace
}  // namespace llmembed::compute
