#include "eval/units.h"

#include <gtest/gtest.h>

namespace llmembed::eval {
namespace {

TEST(UnitsTest, Durations) {
  EXPECT_EQ(Duration(0.0), "0.00 s");
  EXPECT_EQ(Duration(59.994), "59.99 s");
  EXPECT_EQ(Duration(59.996), "1:00 min");
  EXPECT_EQ(Duration(3599.6), "1:00:00 h");
  EXPECT_EQ(Duration(286269), "79:31:09 h");
}

TEST(UnitsTest, MemoryAndMoney) {
  EXPECT_EQ(Memory(999'900'000), "999.9 MB");
  EXPECT_EQ(Memory(1'000'000'000), "1.00 GB");
  EXPECT_EQ(Money(0.0, " EUR"), "0.00 EUR");
  EXPECT_EQ(Money(12.345, ""), "12.35");
  EXPECT_EQ(Money(0.000123456, ""), "0.000123");
}

}  // namespace
}  // namespace llmembed::eval
