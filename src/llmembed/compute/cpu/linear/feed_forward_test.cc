// Feed-forward networks, and products that add, against plain loops.
#include "compute/cpu/backend_test_support.h"

namespace llmembed::compute {
namespace {

using tensor::DType;

constexpr Activation kAll[] = {Activation::kGeluErf, Activation::kGeluTanh, Activation::kQuickGelu,
                               Activation::kRelu, Activation::kSilu};

struct Network {
  std::unique_ptr<PackedLinear> in, out;
};

struct NetworkCase {
  size_t rows, width, inner;
  bool is_gated;
  Activation activation = Activation::kGeluErf;
};

class FeedForwardTest : public BackendTest {
 protected:
  // The same random network, packed by both backends.
  std::pair<Network, Network> MakeNetworks(const NetworkCase& c) {
    const size_t between = c.is_gated ? 2 * c.inner : c.inner;
    const auto use = c.is_gated ? OutputUse::kGated : OutputUse::kPlain;
    const auto in = RandomWeight(DType::kF32, c.width * between, 0.2F, &random_);
    const auto in_bias = RandomFloats(between, 0.5F, &random_);
    const auto out = RandomWeight(DType::kBF16, c.inner * c.width, 0.2F, &random_);
    const auto out_bias = RandomFloats(c.width, 0.5F, &random_);
    const auto pack = [&](const Backend& backend) {
      return Network{*backend.Pack(in.view(), in_bias, c.width, between, use),
                     *backend.Pack(out.view(), out_bias, c.inner, c.width)};
    };
    return {pack(*fast_), pack(*reference_)};
  }

  static FeedForwardWeights Weights(const NetworkCase& c, const Network& network) {
    return {network.in.get(), network.out.get(), c.activation, c.is_gated};
  }

  void Check(const NetworkCase& c) {
    SCOPED_TRACE(std::to_string(c.rows) + " x " + std::to_string(c.width) + " x " +
                 std::to_string(c.inner) + (c.is_gated ? ", gated" : "") + ", activation " +
                 std::to_string(static_cast<int>(c.activation)));
    const auto [fast_network, reference_network] = MakeNetworks(c);
    const auto in = RandomMatrix(type(), c.rows, c.width, 1.0F, &random_);
    const auto start = RandomMatrix(DType::kF32, c.rows, c.width, 1.0F, &random_);
    for (const Write write : {Write::kReplace, Write::kAdd}) {
      const auto fast = CopyOf(start.view);
      const auto reference = CopyOf(start.view);
      const auto weights = Weights(c, fast_network);
      const auto reference_weights = Weights(c, reference_network);
      ASSERT_TRUE(fast_stream_->FeedForward(weights, in.view, fast.view, write).ok());
      ASSERT_TRUE(
          reference_stream_->FeedForward(reference_weights, in.view, reference.view, write).ok());
      // What is between the layers is rounded, on either side at other places.
      EXPECT_LT(Difference(fast.view, reference.view), GetParam() == MathType::kF32 ? 5e-6 : 0.02);
    }
  }
};

TEST_P(FeedForwardTest, OddSizesAgreeWithReference) {
  for (const bool is_gated : {false, true}) {
    for (const auto& [rows, width, inner] : {std::tuple{1, 1, 1},
                                             {3, 5, 7},
                                             {16, 32, 32},
                                             {17, 33, 65},
                                             {33, 96, 48},
                                             {50, 64, 528},
                                             {300, 40, 100},
                                             {520, 64, 31}}) {
      Check({static_cast<size_t>(rows), static_cast<size_t>(width), static_cast<size_t>(inner),
             is_gated});
    }
  }
}

TEST_P(FeedForwardTest, ActivationsAgreeWithReference) {
  for (const Activation activation : kAll) {
    for (const bool is_gated : {false, true}) Check({37, 64, 160, is_gated, activation});
  }
}

TEST_P(FeedForwardTest, ModelsAgreeWithReference) {
  for (const ModelCase& model : ModelCases()) {
    if (model.width > 1024) continue;  // plain loops would take a minute
    SCOPED_TRACE(model.name);
    Check({5, model.width, model.feed_forward_width, model.is_gated, model.activation});
  }
}

TEST_P(FeedForwardTest, RowDoesNotDependOnItsBatch) {
  for (const bool is_gated : {false, true}) {
    const NetworkCase c{600, 384, 1536, is_gated};
    const auto [network, unused] = MakeNetworks(c);
    const auto weights = Weights(c, network);
    const auto in = RandomMatrix(type(), c.rows, c.width, 1.0F, &random_);
    const auto all = ZeroMatrix(DType::kF32, c.rows, c.width);
    ASSERT_TRUE(fast_stream_->FeedForward(weights, in.view, all.view, Write::kReplace).ok());
    for (const size_t count : {1, 17, 100, 300}) {
      for (const size_t row : {size_t{0}, size_t{250}, c.rows - count}) {
        const auto some = ZeroMatrix(DType::kF32, count, c.width);
        const auto rows = RowsOf(in.view, row, count);
        ASSERT_TRUE(fast_stream_->FeedForward(weights, rows.view, some.view, Write::kReplace).ok());
        EXPECT_TRUE(SameBits(some.view, RowsOf(all.view, row, count).view));
      }
    }
  }
}

TEST_P(FeedForwardTest, ProductsAreAdded) {
  for (const OddLinearCase& c : OddLinearCases()) {
    const auto weight = RandomWeight(DType::kF32, c.inputs * c.outputs, 0.1F, &random_);
    const auto bias = RandomFloats(c.outputs, 1.0F, &random_);
    const auto in = RandomMatrix(type(), c.rows, c.inputs, 1.0F, &random_);
    const auto start = RandomMatrix(DType::kF32, c.rows, c.outputs, 1.0F, &random_);
    const auto packed = *fast_->Pack(weight.view(), bias, c.inputs, c.outputs);
    const auto product = ZeroMatrix(DType::kF32, c.rows, c.outputs);
    const auto added = CopyOf(start.view);
    ASSERT_TRUE(fast_stream_->Linear(*packed, in.view, product.view).ok());
    ASSERT_TRUE(fast_stream_->Linear(*packed, in.view, added.view, Write::kAdd).ok());
    const auto expected = CopyOf(start.view);
    ASSERT_TRUE(reference_stream_->Add(expected.view, product.view).ok());
    EXPECT_TRUE(SameBits(added.view, expected.view));
  }
}

// Rows of inputs may have gaps between them.
TEST_P(FeedForwardTest, PitchChangesNothing) {
  const size_t inputs = 64;
  const auto weight = RandomWeight(DType::kF32, inputs * 48, 0.1F, &random_);
  const auto packed = *fast_->Pack(weight.view(), {}, inputs, 48);
  const auto in = RandomMatrix(type(), 21, inputs, 1.0F, &random_);
  auto buffer = *MatrixBuffer::Create(type(), 21, inputs, inputs + 32);
  const Matrix spread = buffer.View(21);
  const size_t element = tensor::DTypeSize(type());
  for (size_t row = 0; row < 21; ++row) {
    std::memcpy(static_cast<std::byte*>(spread.data) + row * spread.pitch * element,
                static_cast<const std::byte*>(in.view.data) + row * inputs * element,
                inputs * element);
  }
  const auto one = ZeroMatrix(DType::kF32, 21, 48);
  const auto other = ZeroMatrix(DType::kF32, 21, 48);
  ASSERT_TRUE(fast_stream_->Linear(*packed, in.view, one.view).ok());
  ASSERT_TRUE(fast_stream_->Linear(*packed, spread, other.view).ok());
  EXPECT_LT(Difference(one.view, other.view), 5e-6);
}

LLMEMBED_TEST_ALL_MATH_TYPES(FeedForwardTest);

}  // namespace
}  // namespace llmembed::compute
