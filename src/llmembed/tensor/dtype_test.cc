#include "tensor/dtype.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/random.h"

namespace llmembed::tensor {
namespace {

TEST(DTypeTest, NamesGoThereAndBack) {
  for (int i = 0; i <= static_cast<int>(DType::kBool); ++i) {
    const auto dtype = static_cast<DType>(i);
    EXPECT_EQ(DTypeFromName(DTypeName(dtype)), dtype);
  }
  EXPECT_STREQ(DTypeName(DType::kBF16), "BF16");
  EXPECT_STREQ(DTypeName(DType::kF8E4M3), "F8_E4M3");
  EXPECT_EQ(DTypeFromName("f32"), std::nullopt);
  EXPECT_EQ(DTypeFromName(""), std::nullopt);
  EXPECT_EQ(DTypeFromName("F4"), std::nullopt);
}

TEST(DTypeTest, Sizes) {
  EXPECT_EQ(DTypeSize(DType::kF64), 8U);
  EXPECT_EQ(DTypeSize(DType::kF32), 4U);
  EXPECT_EQ(DTypeSize(DType::kBF16), 2U);
  EXPECT_EQ(DTypeSize(DType::kBool), 1U);
}

TEST(DTypeTest, BlockTypesAreOfNoSafetensorsHeaderAndHaveWholeBlocksAlone) {
  EXPECT_STREQ(DTypeName(DType::kQ4_K), "Q4_K");
  EXPECT_EQ(DTypeFromName("Q4_K"), std::nullopt);
  EXPECT_TRUE(IsBlockType(DType::kQ8_0));
  EXPECT_FALSE(IsBlockType(DType::kBool));
  EXPECT_EQ(DTypeSize(DType::kQ8_0), 0U);
  EXPECT_EQ(BlockSizeOf(DType::kQ6_K).elements, 256U);
  EXPECT_EQ(BlockSizeOf(DType::kF16).bytes, 2U);
  EXPECT_EQ(ByteSize(DType::kQ8_0, 64), 68U);
  EXPECT_EQ(ByteSize(DType::kQ8_0, 63), std::nullopt);
  EXPECT_EQ(ByteSize(DType::kF32, 3), 12U);
  EXPECT_EQ(ByteSize(DType::kF64, 1ULL << 62), std::nullopt);
}

// The value of an IEEE binary16, straight from its definition.
double ValueOfF16(uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const int fraction = half & 1023;
  const double magnitude =
      exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

TEST(F16Test, EveryHalfBecomesItsValueAndComesBack) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float value = FloatFromF16(half);
    if ((half & 0x7C00) == 0x7C00) {
      if ((half & 0x3FF) == 0) {
        EXPECT_TRUE(std::isinf(value)) << half;
        EXPECT_EQ(F16FromFloat(value), half);
      } else {
        EXPECT_TRUE(std::isnan(value)) << half;
        EXPECT_EQ(F16FromFloat(value), half | 0x200) << half;  // quiet, with its payload
      }
      continue;
    }
    ASSERT_EQ(value, ValueOfF16(half)) << half;
    ASSERT_EQ(std::signbit(value), (half & 0x8000) != 0) << half;
    ASSERT_EQ(F16FromFloat(value), half);
  }
}

TEST(F16Test, RoundsToTheNearestEven) {
  // Between every two neighbouring halves: the middle goes to the even one, the floats beside it
  // to the nearer one.
  for (uint16_t half = 0; half < 0x7BFF; ++half) {
    const auto next = static_cast<uint16_t>(half + 1);
    const auto middle = static_cast<float>((ValueOfF16(half) + ValueOfF16(next)) / 2);
    ASSERT_EQ(F16FromFloat(middle), half % 2 == 0 ? half : next) << half;
    ASSERT_EQ(F16FromFloat(std::nextafter(middle, 0.0F)), half) << half;
    ASSERT_EQ(F16FromFloat(std::nextafter(middle, 1e9F)), next) << half;
    ASSERT_EQ(F16FromFloat(-middle), (half % 2 == 0 ? half : next) | 0x8000) << half;
  }
  EXPECT_EQ(F16FromFloat(65504.0F), 0x7BFF);
  EXPECT_EQ(F16FromFloat(65519.996F), 0x7BFF);
  EXPECT_EQ(F16FromFloat(65520.0F), 0x7C00);
  EXPECT_EQ(F16FromFloat(1e30F), 0x7C00);
  EXPECT_EQ(F16FromFloat(std::numeric_limits<float>::denorm_min()), 0);
}

TEST(BF16Test, EveryBF16ComesBack) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float value = FloatFromBF16(half);
    if (std::isnan(value)) {
      ASSERT_EQ(BF16FromFloat(value), half | 0x40) << half;
    } else {
      ASSERT_EQ(BF16FromFloat(value), half);
    }
  }
}

TEST(BF16Test, RoundsToTheNearestEven) {
  base::Random random(1);
  for (int i = 0; i < 100000; ++i) {
    const uint32_t bits = random.Next() & 0x7F7FFFFFU;
    const auto value = std::bit_cast<float>(bits);
    const auto below = static_cast<uint16_t>(bits >> 16);
    const auto above = static_cast<uint16_t>(below + 1);  // may be infinity
    const uint32_t rest = bits & 0xFFFFU;
    const bool up = rest > 0x8000U || (rest == 0x8000U && below % 2 == 1);
    ASSERT_EQ(BF16FromFloat(value), up ? above : below) << value;
    ASSERT_EQ(BF16FromFloat(-value), (up ? above : below) | 0x8000) << value;
  }
  EXPECT_EQ(BF16FromFloat(std::bit_cast<float>(0x3F808000U)), 0x3F80);  // tie to even, down
  EXPECT_EQ(BF16FromFloat(std::bit_cast<float>(0x3F818000U)), 0x3F82);  // tie to even, up
  EXPECT_EQ(BF16FromFloat(std::numeric_limits<float>::max()), 0x7F80);
  // A NaN whose payload lies only in the lower half must not become infinity.
  EXPECT_TRUE(std::isnan(FloatFromBF16(BF16FromFloat(std::bit_cast<float>(0x7F800001U)))));
}

}  // namespace
}  // namespace llmembed::tensor
