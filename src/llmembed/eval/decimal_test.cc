#include "eval/decimal.h"

#include <gtest/gtest.h>

namespace llmembed::eval {
namespace {

TEST(FixedDecimalTest, HasItsDigits) {
  EXPECT_EQ(FixedDecimal(1.0 / 3.0, 4), "0.3333");
  EXPECT_EQ(FixedDecimal(-12.345, 1), "-12.3");
  EXPECT_EQ(FixedDecimal(2.5, 0), "2");  // to even
  EXPECT_EQ(FixedDecimal(1e308, 2).size(), 309 + 3);
}

TEST(FixedDecimalTest, KnowsOneZero) {
  EXPECT_EQ(FixedDecimal(-0.0, 2), "0.00");
  EXPECT_EQ(FixedDecimal(-0.001, 2), "0.00");
  EXPECT_EQ(FixedDecimal(-0.1, 1), "-0.1");
}

TEST(PercentTest, HasTwoDigits) {
  EXPECT_EQ(Percent(0.8125), "81.25");
  EXPECT_EQ(Percent(1.0), "100.00");
  EXPECT_EQ(Percent(0.0), "0.00");
}

TEST(ShortestDecimalTest, GivesTheSameNumberBack) {
  EXPECT_EQ(ShortestDecimal(0.065), "0.065");
  EXPECT_EQ(ShortestDecimal(20.0), "20");
  EXPECT_EQ(ShortestDecimal(-5e-324), "-5e-324");
}

}  // namespace
}  // namespace llmembed::eval
