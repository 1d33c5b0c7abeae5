// The residual stream: embeddings, additions and norms against plain loops.
#include "compute/cpu/backend_test_support.h"

namespace llmembed::compute {
namespace {

using tensor::DType;

class NormTest : public BackendTest {
 protected:
  // What AddNorm is asked for beside the norm's kind.
  struct Wish {
    bool adds, in_place, normed, rounded, scales, shifts;
  };

  struct Output {
    OwnedMatrix x, normed, rounded;
  };

  Output Run(Stream* stream, const NormWeights& weights, const Wish& wish, const Matrix& x,
             const Matrix& residual) {
    Output output{CopyOf(x), ZeroMatrix(DType::kF32, x.rows, x.columns),
                  ZeroMatrix(DType::kBF16, x.rows, x.columns)};
    const Matrix normed = wish.in_place ? output.x.view
                          : wish.normed ? output.normed.view
                                        : Matrix{};
    EXPECT_TRUE(stream
                    ->AddNorm(weights, output.x.view, wish.adds ? residual : Matrix{}, normed,
                              wish.rounded ? output.rounded.view : Matrix{})
                    .ok());
    return output;
  }

  void Check(NormKind kind, size_t rows, size_t width, const Wish& wish) {
    const auto scale = RandomFloats(wish.scales ? width : 0, 1.0F, &random_);
    const auto shift = RandomFloats(wish.shifts ? width : 0, 1.0F, &random_);
    const NormWeights weights{kind, scale, shift, 1e-6F};
    const auto x = RandomMatrix(DType::kF32, rows, width, 3.0F, &random_);
    const auto residual = RandomMatrix(DType::kF32, rows, width, 3.0F, &random_);
    const Output fast = Run(fast_stream_.get(), weights, wish, x.view, residual.view);
    const Output expected = Run(reference_stream_.get(), weights, wish, x.view, residual.view);
    EXPECT_LT(Difference(fast.x.view, expected.x.view), 2e-6);
    EXPECT_LT(Difference(fast.normed.view, expected.normed.view), 2e-6);
    EXPECT_LT(Difference(fast.rounded.view, expected.rounded.view), 1.0 / 128);
  }
};

TEST_P(NormTest, AddNormAgreesWithReferenceInEveryCombination) {
  for (int bits = 0; bits < 64; ++bits) {
    const auto has = [bits](int bit) { return (bits >> bit & 1) != 0; };
    const Wish wish{has(0), has(1), has(2), has(3), has(4), has(5)};
    for (const NormKind kind : {NormKind::kLayer, NormKind::kRms}) {
      for (const OddSize& c : {OddSize{3, 100}, OddSize{2, 384}, OddSize{2, 1}, OddSize{2, 17}}) {
        SCOPED_TRACE("wish " + std::to_string(bits) + ", " + std::to_string(c.width));
        Check(kind, c.rows, c.width, wish);
      }
    }
  }
}

TEST_P(NormTest, ModelsAgreeWithReference) {
  for (const ModelCase& model : ModelCases()) {
    SCOPED_TRACE(model.name);
    const bool is_layer = model.norm == NormKind::kLayer;
    Check(model.norm, 5, model.width, {true, is_layer, !is_layer, true, true, is_layer});
  }
}

// As in a decoder's first token: one enormous number beside small ones.
TEST_P(NormTest, OutliersCostNoAccuracy) {
  for (const NormKind kind : {NormKind::kLayer, NormKind::kRms}) {
    const size_t width = 576;
    auto x = RandomMatrix(DType::kF32, 1, width, 100.0F, &random_);
    x.view.f32()[7] = 22500.0F;
    const std::vector<float> scale(width, 1.0F);
    const NormWeights weights{kind, scale, {}, 1e-5F};
    const auto fast = ZeroMatrix(DType::kF32, 1, width);
    const auto reference = ZeroMatrix(DType::kF32, 1, width);
    ASSERT_TRUE(fast_stream_->AddNorm(weights, x.view, {}, fast.view, {}).ok());
    ASSERT_TRUE(reference_stream_->AddNorm(weights, x.view, {}, reference.view, {}).ok());
    for (size_t i = 0; i < width; ++i) {
      const float expected = reference.view.f32()[i];
      // A centred number is off by the last bit of the mean.
      const float absolute = kind == NormKind::kLayer ? 1e-8F : 0.0F;
      ASSERT_NEAR(fast.view.f32()[i], expected, std::abs(expected) * 5e-7F + absolute);
    }
  }
}

TEST_P(NormTest, RowDoesNotDependOnItsBatch) {
  const size_t width = 387;
  const auto scale = RandomFloats(width, 1.0F, &random_);
  const NormWeights weights{NormKind::kRms, scale, {}, 1e-6F};
  const auto x = RandomMatrix(DType::kF32, 9, width, 3.0F, &random_);
  const auto residual = RandomMatrix(DType::kF32, 9, width, 3.0F, &random_);
  const Wish wish{true, false, true, true, true, false};
  const Output all = Run(fast_stream_.get(), weights, wish, x.view, residual.view);
  for (size_t row = 0; row < 9; ++row) {
    const Output one = Run(fast_stream_.get(), weights, wish, RowsOf(x.view, row, 1).view,
                           RowsOf(residual.view, row, 1).view);
    EXPECT_TRUE(SameBits(one.normed.view, RowsOf(all.normed.view, row, 1).view));
    EXPECT_TRUE(SameBits(one.rounded.view, RowsOf(all.rounded.view, row, 1).view));
  }
}

TEST_P(NormTest, AddIsExact) {
  for (const OddSize& c : OddSizes()) {
    const auto fast = RandomMatrix(DType::kF32, c.rows, c.width, 1.0F, &random_);
    const auto reference = CopyOf(fast.view);
    const auto residual = RandomMatrix(DType::kF32, c.rows, c.width, 1.0F, &random_);
    ASSERT_TRUE(fast_stream_->Add(fast.view, residual.view).ok());
    ASSERT_TRUE(reference_stream_->Add(reference.view, residual.view).ok());
    EXPECT_TRUE(SameBits(fast.view, reference.view));
  }
}

TEST_P(NormTest, EmbedIsExact) {
  const size_t width = 37;
  const auto words = RandomFloats(11 * width, 1.0F, &random_);
  const auto positions = RandomFloats(5 * width, 1.0F, &random_);
  const auto type_row = RandomFloats(width, 1.0F, &random_);
  const std::vector<int32_t> ids = {10, 0, 3, 3};
  const std::vector<int32_t> rows = {0, 1, 4, 0};
  for (int bits = 0; bits < 8; ++bits) {
    EmbeddingTables tables{.words = words};
    if ((bits & 1) != 0) tables.positions = positions;
    if ((bits & 2) != 0) tables.token_type = type_row;
    if ((bits & 4) != 0) tables.word_scale = 33.94113F;
    const auto fast = ZeroMatrix(DType::kF32, 4, width);
    const auto reference = ZeroMatrix(DType::kF32, 4, width);
    ASSERT_TRUE(fast_stream_->Embed(tables, ids, rows, fast.view).ok());
    ASSERT_TRUE(reference_stream_->Embed(tables, ids, rows, reference.view).ok());
    EXPECT_TRUE(SameBits(fast.view, reference.view));
  }
}

LLMEMBED_TEST_ALL_MATH_TYPES(NormTest);

}  // namespace
}  // namespace llmembed::compute
