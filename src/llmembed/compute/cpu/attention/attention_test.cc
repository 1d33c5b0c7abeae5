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

// The keys and values of the first rows, as a prefix.
OwnedMatrix PrefixOf(const AttentionShape& shape, const Matrix& qkv, size_t rows) {
  OwnedMatrix prefix = ZeroMatrix(qkv.dtype, rows, 2 * shape.kv_width());
  const size_t element = tensor::DTypeSize(qkv.dtype);
  for (size_t row = 0; row < rows; ++row) {
    std::memcpy(static_cast<std::byte*>(prefix.view.data) + row * prefix.view.columns * element,
                static_cast<const std::byte*>(qkv.data) +
                    (row * qkv.columns + shape.query_width()) * element,
                prefix.view.columns * element);
  }
  return prefix;
}

// Rows one behind the other.
OwnedMatrix Joined(const std::vector<Matrix>& parts) {
  size_t rows = 0;
  for (const Matrix& part : parts) rows += part.rows;
  OwnedMatrix joined = ZeroMatrix(parts[0].dtype, rows, parts[0].columns);
  auto* to = static_cast<std::byte*>(joined.view.data);
  for (const Matrix& part : parts) {
    const size_t bytes = part.rows * part.columns * tensor::DTypeSize(part.dtype);
    if (bytes > 0) std::memcpy(to, part.data, bytes);
    to += bytes;
  }
  return joined;
}

// One text read in three parts, with a second end beside the first and a text without a middle.
TEST_P(AttentionTest, TextsContinueAPrefixAndOneAnother) {
  const std::vector<AttentionShape> shapes = {
      {.heads = 4, .kv_heads = 2, .head_size = 16, .scale = 0.2F, .is_causal = true},
      {.heads = 2, .kv_heads = 1, .head_size = 9, .scale = 0.2F, .is_causal = true, .window = 21},
      {.heads = 2,
       .kv_heads = 2,
       .head_size = 64,
       .scale = 0.2F,
       .is_causal = true,
       .score_cap = 2.0F},
      {.heads = 3, .kv_heads = 3, .head_size = 32, .scale = 0.2F, .is_causal = true, .reach = 5}};
  struct Sizes {
    size_t prefix, middle, end;
  };
  for (AttentionShape shape : shapes) {
    const auto bias = RandomBias(shape, &random_);
    shape.distance_bias = bias;
    for (const Sizes& sizes : {Sizes{0, 5, 1}, {1, 33, 3}, {37, 20, 2}, {300, 40, 17}}) {
      SCOPED_TRACE(std::to_string(sizes.prefix) + " + " + std::to_string(sizes.middle) + " + " +
                   std::to_string(sizes.end));
      const size_t columns = shape.qkv_width();
      const auto begin = RandomMatrix(type(), sizes.prefix, columns, 2.0F, &random_);
      const auto middle = RandomMatrix(type(), sizes.middle, columns, 2.0F, &random_);
      const auto one_end = RandomMatrix(type(), sizes.end, columns, 2.0F, &random_);
      const auto other_end = RandomMatrix(type(), 2, columns, 2.0F, &random_);

      const auto prefix = PrefixOf(shape, begin.view, sizes.prefix);
      const auto packed = Joined({middle.view, one_end.view, other_end.view, one_end.view});
      const auto m = static_cast<int32_t>(sizes.middle);
      const auto e = static_cast<int32_t>(sizes.end);
      const auto starts = StartsOf({m, e, 2, e});
      const std::vector<int32_t> continued = {-1, 0, 0, -1};
      const PackedTexts texts{starts, {}, continued, prefix.view};
      const auto fast = Run(fast_stream_.get(), shape, texts, packed.view);
      const auto reference = Run(reference_stream_.get(), shape, texts, packed.view);
      EXPECT_LT(Difference(fast.view, reference.view), std::max(tolerance(), 5e-6));

      const auto expect_whole = [&](const std::vector<Matrix>& parts, size_t row, size_t rows) {
        const auto whole = Joined(parts);
        const auto whole_starts = StartsOf({static_cast<int32_t>(whole.view.rows)});
        const size_t tail = whole.view.rows - rows;
        for (Stream* stream : {fast_stream_.get(), reference_stream_.get()}) {
          const auto& in_parts = stream == fast_stream_.get() ? fast : reference;
          const auto at_once = Run(stream, shape, {whole_starts, {}}, whole.view);
          EXPECT_TRUE(SameBits(RowsOf(at_once.view, tail, rows).view,
                               RowsOf(in_parts.view, row, rows).view))
              << "row " << row;
        }
      };
      expect_whole({begin.view, middle.view, one_end.view}, 0 + sizes.middle, sizes.end);
      expect_whole({begin.view, middle.view}, 0, sizes.middle);
      expect_whole({begin.view, middle.view, other_end.view}, sizes.middle + sizes.end, 2);
      expect_whole({begin.view, one_end.view}, sizes.middle + sizes.end + 2, sizes.end);
    }
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

LLMEMBED_TEST_ALL_MATH_TYPES(AttentionTest);

}  // namespace
}  // namespace llmembed::compute
