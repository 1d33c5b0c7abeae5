#include "eval/plot/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace llmembed::eval {
namespace {

using testing::ElementsAre;

std::vector<std::string> Labels(const Axis& axis) {
  std::vector<std::string> labels;
  for (const AxisTick& tick : axis.ticks) {
    if (!tick.label.empty()) labels.push_back(tick.label);
  }
  return labels;
}

TEST(AxisTest, TicksAreRoundNumbers) {
  EXPECT_THAT(Labels(MakeAxis(0.55, 0.97, {.ends_at_ticks = true})),
              ElementsAre("0.5", "0.6", "0.7", "0.8", "0.9", "1.0"));
  EXPECT_THAT(Labels(MakeAxis(0.9112, 0.9288, {.ends_at_ticks = true})),
              ElementsAre("0.910", "0.915", "0.920", "0.925", "0.930"));
  EXPECT_THAT(Labels(MakeAxis(-30, 42, {.ends_at_ticks = true})),
              ElementsAre("−40", "−20", "0", "20", "40", "60"));
  EXPECT_THAT(Labels(MakeAxis(1, 1000, {})), ElementsAre("0", "200", "400", "600", "800", "1000"));
}

TEST(AxisTest, EpochsHaveNoHalves) {
  const AxisRules rules = {.whole_numbers = true};
  EXPECT_THAT(Labels(MakeAxis(1, 3, rules)), ElementsAre("1", "2", "3"));
  EXPECT_THAT(Labels(MakeAxis(4, 4, rules)), ElementsAre("3", "4", "5"));
  EXPECT_THAT(Labels(MakeAxis(1, 100, rules)), ElementsAre("0", "20", "40", "60", "80", "100"));
}

TEST(AxisTest, LongNumbersHaveAPowerOfTen) {
  EXPECT_THAT(Labels(MakeAxis(0, 3.1e6, {.most_ticks = 4})),
              ElementsAre("0", "1×10⁶", "2×10⁶", "3×10⁶"));
  EXPECT_THAT(Labels(MakeAxis(-1.5e-7, 0, {.most_ticks = 4})),
              ElementsAre("−1.5×10⁻⁷", "−1.0×10⁻⁷", "−0.5×10⁻⁷", "0"));
}

TEST(AxisTest, WhatIsShownIsInsideAndSoAreTheTicks) {
  const double numbers[] = {-1e100, -7e9, -1, -1e-7,        0,   1e-300, 1e-100, 3e-5, 0.1,
                            0.3,    1,    17, 17.000000001, 1e5, 1e100};
  for (const double low : numbers) {
    for (const double high : numbers) {
      if (low > high) continue;
      for (const bool ends_at_ticks : {false, true}) {
        const Axis axis = MakeAxis(low, high, {.ends_at_ticks = ends_at_ticks});
        EXPECT_GT(axis.Fraction(low), 0.0) << low << " " << high;
        EXPECT_LT(axis.Fraction(high), 1.0) << low << " " << high;
        EXPECT_GE(axis.ticks.size(), 3U) << low << " " << high;
        EXPECT_LE(axis.ticks.size(), 11U) << low << " " << high;
        for (size_t i = 0; i < axis.ticks.size(); ++i) {
          EXPECT_GE(axis.Fraction(axis.ticks[i].value), -1e-9);
          EXPECT_LE(axis.Fraction(axis.ticks[i].value), 1.0 + 1e-9);
          if (i == 0) continue;
          EXPECT_NE(axis.ticks[i].label, axis.ticks[i - 1].label) << low << " " << high;
        }
      }
    }
  }
}

TEST(LogAxisTest, TicksArePowersOfTen) {
  const AxisRules rules = {.scale = AxisScale::kLog10};
  EXPECT_THAT(Labels(MakeAxis(9, 5900, rules)), ElementsAre("10", "100", "1000"));
  EXPECT_THAT(Labels(MakeAxis(0.02, 0.6, rules)), ElementsAre("0.02", "0.05", "0.1", "0.2", "0.5"));
  EXPECT_THAT(Labels(MakeAxis(1e-9, 1e12, rules)),
              ElementsAre("10⁻⁸", "0.0001", "1", "10000", "10⁸", "10¹²"));
  EXPECT_THAT(Labels(MakeAxis(3.1, 3.9, rules)), ElementsAre("3.2", "3.4", "3.6", "3.8"));
  EXPECT_EQ(MakeAxis(9, 5900, rules).ticks.size(), 3U + 9U + 9U + 7U);  // small ones as well
}

TEST(LogAxisTest, EqualRatiosAreEquallyFar) {
  const Axis axis = MakeAxis(1, 10000, {.scale = AxisScale::kLog10});
  EXPECT_NEAR(axis.Fraction(100), 0.5, 1e-12);
  EXPECT_NEAR(axis.Fraction(10) - axis.Fraction(1), axis.Fraction(1000) - axis.Fraction(100),
              1e-12);
  const Axis equal = MakeAxis(5, 5, {.scale = AxisScale::kLog10});
  EXPECT_NEAR(equal.Fraction(5), 0.5, 1e-12);
  EXPECT_GE(Labels(equal).size(), 2U);
}

}  // namespace
}  // namespace llmembed::eval
