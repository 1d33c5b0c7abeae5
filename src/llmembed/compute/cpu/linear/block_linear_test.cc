// Layers whose weights stay in the blocks of a file, against the same numbers packed.
#include <cstring>

#include "compute/cpu/backend_test_support.h"
#include "tensor/dequantize.h"

namespace llmembed::compute {
namespace {

using tensor::DType;

struct BlockType {
  DType dtype;
  std::vector<size_t> scales;  // where a block has numbers of f16
};

const BlockType kTypes[] = {{DType::kQ8_0, {0}},    {DType::kQ4_0, {0}},    {DType::kQ4_1, {0, 2}},
                            {DType::kQ5_0, {0}},    {DType::kQ5_1, {0, 2}}, {DType::kQ4_K, {0, 2}},
                            {DType::kQ5_K, {0, 2}}, {DType::kQ6_K, {208}}};

class BlockLinearTest : public BackendTest {
 protected:
  void SetUp() override {
    BackendTest::SetUp();
    if (!IsSkipped() && !fast_->KeepsBlocks()) GTEST_SKIP() << "skipped: no weights in blocks here";
  }

  // [outputs, inputs] of random blocks whose scales are small.
  std::vector<std::byte> RandomBlocks(const BlockType& type, size_t elements) {
    const tensor::BlockSize size = tensor::BlockSizeOf(type.dtype);
    std::vector<std::byte> bytes(elements / size.elements * size.bytes);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random_.Below(256));
    for (size_t block = 0; block < bytes.size(); block += size.bytes) {
      for (const size_t at : type.scales) {
        const uint16_t scale = tensor::F16FromFloat(0.001F * static_cast<float>(random_.Uniform()));
        std::memcpy(bytes.data() + block + at, &scale, sizeof(scale));
      }
    }
    return bytes;
  }

  static std::vector<BlockRow> RowsOfBlocks(const std::vector<std::byte>& blocks, DType dtype,
                                            size_t inputs) {
    const tensor::BlockSize size = tensor::BlockSizeOf(dtype);
    std::vector<BlockRow> rows;
    for (size_t at = 0; at < blocks.size(); at += inputs / size.elements * size.bytes) {
      rows.push_back({blocks.data() + at, dtype});
    }
    return rows;
  }

  struct Twins {
    std::vector<std::byte> blocks;
    std::unique_ptr<PackedLinear> kept, packed;
  };
  Twins Make(const BlockType& type, size_t inputs, size_t outputs, OutputUse use) {
    Twins twins;
    twins.blocks = RandomBlocks(type, inputs * outputs);
    std::vector<float> values(inputs * outputs);
    tensor::Dequantize(type.dtype, twins.blocks, values);
    const auto bias = RandomFloats(outputs, 1.0F, &random_);
    twins.packed = *fast_->Pack({DType::kF32, values.data()}, bias, inputs, outputs, use);
    twins.kept = *fast_->PackBlocks(RowsOfBlocks(twins.blocks, type.dtype, inputs), nullptr, bias,
                                    inputs, use);
    return twins;
  }
};

TEST_P(BlockLinearTest, EveryTypeHasTheBitsOfItsNumbersPacked) {
  for (const BlockType& type : kTypes) {
    for (const auto& [rows, inputs, outputs] : {std::tuple<size_t, size_t, size_t>{1, 256, 32},
                                                {18, 512, 37},
                                                {40, 768, 300},
                                                {530, 256, 530}}) {
      SCOPED_TRACE(std::string(tensor::DTypeName(type.dtype)) + ", " + std::to_string(outputs));
      const Twins twins = Make(type, inputs, outputs, OutputUse::kPlain);
      const auto in = RandomMatrix(this->type(), rows, inputs, 1.0F, &random_);
      for (const DType out_type : {DType::kF32, this->type()}) {
        const auto kept = ZeroMatrix(out_type, rows, outputs);
        const auto packed = ZeroMatrix(out_type, rows, outputs);
        ASSERT_TRUE(fast_stream_->Linear(*twins.kept, in.view, kept.view).ok());
        ASSERT_TRUE(fast_stream_->Linear(*twins.packed, in.view, packed.view).ok());
        EXPECT_TRUE(SameBits(kept.view, packed.view));
      }
    }
  }
}

TEST_P(BlockLinearTest, GatedFeedForwardHasThemToo) {
  constexpr size_t kWidth = 256;
  constexpr size_t kInner = 768;
  for (const BlockType& type : {kTypes[0], kTypes[5], kTypes[7]}) {
    const Twins in = Make(type, kWidth, 2 * kInner, OutputUse::kGated);
    const Twins out = Make(type, kInner, kWidth, OutputUse::kPlain);
    const auto x = RandomMatrix(this->type(), 45, kWidth, 1.0F, &random_);
    const auto run = [&](const PackedLinear& first, const PackedLinear& second) {
      auto result = ZeroMatrix(DType::kF32, 45, kWidth);
      const FeedForwardWeights weights{&first, &second, Activation::kSilu, /*is_gated=*/true};
      EXPECT_TRUE(fast_stream_->FeedForward(weights, x.view, result.view, Write::kAdd).ok());
      return result;
    };
    EXPECT_TRUE(SameBits(run(*in.kept, *out.kept).view, run(*in.packed, *out.packed).view));
  }
}

LLMEMBED_TEST_ALL_MATH_TYPES(BlockLinearTest);

}  // namespace
}  // namespace llmembed::compute
