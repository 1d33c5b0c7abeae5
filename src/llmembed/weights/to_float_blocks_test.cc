#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/json.h"
#include "weights/finite.h"
#include "weights/to_float.h"

namespace llmembed::weights {
namespace {

using tensor::DType;
using tensor::Shape;
using tensor::TensorView;

constexpr DType kBlockTypes[] = {DType::kQ8_0, DType::kQ4_0, DType::kQ4_1, DType::kQ5_0,
                                 DType::kQ5_1, DType::kQ4_K, DType::kQ5_K, DType::kQ6_K};

std::vector<std::byte> FromHex(const std::string& hex) {
  std::vector<std::byte> bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::vector<uint32_t> BitsOf(std::span<const float> values) {
  std::vector<uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<uint32_t>(value));
  return bits;
}

class BlockTypesTest : public testing::TestWithParam<DType> {
 protected:
  // 512 random elements and what GGML's own package makes of them.
  void SetUp() override {
    const auto goldens = base::ReadJsonFile(std::string(LLMEMBED_SOURCE_DIR) +
                                            "/src/llmembed/weights/testdata/blocks.json");
    ASSERT_TRUE(goldens.ok()) << goldens.status().message();
    const base::Json& golden = goldens->at(tensor::DTypeName(GetParam()));
    blocks_ = FromHex(golden.at("blocks"));
    const std::vector<std::byte> values = FromHex(golden.at("values"));
    expected_.resize(values.size() / sizeof(float));
    std::memcpy(expected_.data(), values.data(), values.size());
    ASSERT_EQ(expected_.size(), 512U);
    ASSERT_EQ(tensor::ByteSize(GetParam(), 512), blocks_.size());
  }
  TensorView View(const Shape& shape) const { return {GetParam(), shape, blocks_}; }

  std::vector<std::byte> blocks_;
  std::vector<float> expected_;
};

TEST_P(BlockTypesTest, HasTheBitsOfGgmlsReference) {
  const auto values = ToFloat(View({2, 256}), "t");
  ASSERT_TRUE(values.ok()) << values.status().message();
  EXPECT_EQ(BitsOf(values->span()), BitsOf(expected_));
}

TEST_P(BlockTypesTest, LongTensorsAndOddAddressesAreTheSame) {
  constexpr size_t kCopies = 21;  // more than two chunks, and not a whole number of them
  std::vector<std::byte> bytes(1);
  for (size_t i = 0; i < kCopies; ++i) bytes.insert(bytes.end(), blocks_.begin(), blocks_.end());
  const TensorView view{GetParam(), {kCopies, 512}, std::span(bytes).subspan(1)};
  const auto values = ToFloat(view, "t");
  ASSERT_TRUE(values.ok());
  for (size_t i = 0; i < kCopies; ++i) {
    ASSERT_EQ(BitsOf(values->span().subspan(i * 512, 512)), BitsOf(expected_)) << i;
  }
}

TEST_P(BlockTypesTest, ScalesThatAreNotFiniteAreRefused) {
  const tensor::BlockSize block = tensor::BlockSizeOf(GetParam());
  const size_t scale = GetParam() == DType::kQ6_K ? 208 : 0;
  const uint16_t nan = 0x7E00;
  EXPECT_TRUE(CheckFinite(View({512}), "t").ok());
  std::memcpy(blocks_.data() + block.bytes + scale, &nan, sizeof(nan));  // of the second block
  const auto values = ToFloat(View({512}), "t");
  EXPECT_EQ(values.status().code(), StatusCode::kCorrupt);
  EXPECT_THAT(values.status().message(),
              testing::HasSubstr("element [" + std::to_string(block.elements) + "] is NaN"));
  EXPECT_EQ(CheckFinite(View({512}), "t").message(), values.status().message());
}

std::string TypeName(const testing::TestParamInfo<DType>& info) {
  return tensor::DTypeName(info.param);
}
INSTANTIATE_TEST_SUITE_P(All, BlockTypesTest, testing::ValuesIn(kBlockTypes), TypeName);

}  // namespace
}  // namespace llmembed::weights
