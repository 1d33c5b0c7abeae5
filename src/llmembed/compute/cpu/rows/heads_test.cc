// Norm and rotary turn of heads against plain loops.
#include "compute/cpu/backend_test_support.h"

namespace llmembed::compute {
namespace {

using tensor::DType;

class HeadsTest : public BackendTest {
 protected:
  struct Tables {
    std::vector<float> query_scale, key_scale, shift, cos, sin;
  };
  Tables RandomTables(size_t tokens, size_t head_size) {
    Tables tables{RandomFloats(head_size, 1.0F, &random_),
                  RandomFloats(head_size, 1.0F, &random_),
                  RandomFloats(head_size, 1.0F, &random_),
                  {},
                  {}};
    for (size_t i = 0; i < tokens * (head_size / 2); ++i) {
      const double angle = random_.Uniform() * 1000;
      tables.cos.push_back(static_cast<float>(std::cos(angle)));
      tables.sin.push_back(static_cast<float>(std::sin(angle)));
    }
    return tables;
  }

  void Check(const AttentionShape& shape, const HeadTransform& transform, size_t tokens) {
    const auto fast = RandomMatrix(type(), tokens, shape.qkv_width(), 2.0F, &random_);
    const auto reference = CopyOf(fast.view);
    ASSERT_TRUE(fast_stream_->TransformHeads(shape, transform, fast.view).ok());
    ASSERT_TRUE(reference_stream_->TransformHeads(shape, transform, reference.view).ok());
    EXPECT_LT(Difference(fast.view, reference.view), tolerance());
  }
};

TEST_P(HeadsTest, AgreesWithReference) {
  const size_t tokens = 5;
  for (const size_t size : {1, 2, 5, 16, 20, 33, 64, 80, 96, 128, 250, 256}) {
    const AttentionShape shape{.heads = 4, .kv_heads = 2, .head_size = size};
    const Tables tables = RandomTables(tokens, size);
    for (int bits = 0; bits < 8; ++bits) {
      SCOPED_TRACE(std::to_string(size) + ", wish " + std::to_string(bits));
      HeadTransform transform;
      if ((bits & 1) != 0) transform.query_norm = {NormKind::kRms, tables.query_scale, {}, 1e-6F};
      if ((bits & 2) != 0) {
        transform.key_norm = {NormKind::kLayer, tables.key_scale, tables.shift, 1e-6F};
      }
      if ((bits & 4) != 0 && size > 1) {
        transform.cos = tables.cos;
        transform.sin = tables.sin;
      }
      Check(shape, transform, tokens);
    }
  }
}

TEST_P(HeadsTest, ModelsAgreeWithReference) {
  for (const ModelCase& model : ModelCases()) {
    if (!model.turns_heads) continue;
    SCOPED_TRACE(model.name);
    const Tables tables = RandomTables(3, model.attention.head_size);
    Check(model.attention, {.cos = tables.cos, .sin = tables.sin}, 3);
  }
}

TEST_P(HeadsTest, ValuesAreLeftAloneAndTokensDoNotDependOnOneAnother) {
  const AttentionShape shape{.heads = 9, .kv_heads = 3, .head_size = 64};
  const Tables tables = RandomTables(7, 64);
  const std::span<const float> cos(tables.cos);
  const std::span<const float> sin(tables.sin);
  HeadTransform transform;
  transform.query_norm = {NormKind::kRms, tables.query_scale, {}, 1e-6F};
  transform.key_norm = {NormKind::kRms, tables.key_scale, {}, 1e-6F};
  const auto before = RandomMatrix(type(), 7, shape.qkv_width(), 2.0F, &random_);
  const auto all = CopyOf(before.view);
  transform.cos = cos;
  transform.sin = sin;
  ASSERT_TRUE(fast_stream_->TransformHeads(shape, transform, all.view).ok());
  const std::vector<float> was = ToFloats(before.view);
  const std::vector<float> is = ToFloats(all.view);
  for (size_t t = 0; t < 7; ++t) {
    const size_t end = (t + 1) * shape.qkv_width();
    for (size_t i = end - shape.kv_width(); i < end; ++i) ASSERT_EQ(was[i], is[i]);
    const auto one = RowsOf(before.view, t, 1);
    transform.cos = cos.subspan(t * 32, 32);
    transform.sin = sin.subspan(t * 32, 32);
    ASSERT_TRUE(fast_stream_->TransformHeads(shape, transform, one.view).ok());
    EXPECT_TRUE(SameBits(one.view, RowsOf(all.view, t, 1).view));
  }
}

LLMEMBED_TEST_ALL_MATH_TYPES(HeadsTest);

}  // namespace
}  // namespace llmembed::compute
