#include "compute/fp8.h"

#include <gtest/gtest.h>

#include <cmath>

namespace llmembed::compute {
namespace {

TEST(Fp8Test, NumbersThatItHasStay) {
  for (const float x : {0.0F, 1.0F, -1.125F, 448.0F, -0.015625F, 0.001953125F, 240.0F}) {
    EXPECT_EQ(ToFp8(x), x);
  }
}

TEST(Fp8Test, OthersBecomeTheNearestTiesToEven) {
  EXPECT_EQ(ToFp8(1.06F), 1.0F);
  EXPECT_EQ(ToFp8(1.0625F), 1.0F);   // between 1 and 1.125
  EXPECT_EQ(ToFp8(1.1875F), 1.25F);  // between 1.125 and 1.25
  EXPECT_EQ(ToFp8(-1.96F), -2.0F);
  EXPECT_EQ(ToFp8(500.0F), kFp8Largest);
  EXPECT_EQ(ToFp8(-1e9F), -kFp8Largest);
  EXPECT_EQ(ToFp8(0.0009F), 0.0F);
}

TEST(Fp8Test, ARowsLargestBecomesTheLargest) {
  EXPECT_EQ(ToFp8(-3.0F * Fp8Factor(3.0F)), -kFp8Largest);
  EXPECT_FLOAT_EQ(kFp8Largest * Fp8Scale(3.0F), 3.0F);
  EXPECT_EQ(Fp8Factor(0.0F), 0.0F);
}

}  // namespace
}  // namespace llmembed::compute
