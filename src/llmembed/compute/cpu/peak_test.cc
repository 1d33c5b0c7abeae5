#include "compute/peak.h"

#include <gtest/gtest.h>

#include <vector>

namespace llmembed::compute {
namespace {

TEST(PeakTest, CountsOperations) {
  EXPECT_EQ((ProductSize{MathType::kF32, 2, 3, 5}.flops()), 60.0);
}

TEST(PeakTest, EveryProductOfThisCpuRuns) {
  for (const MathType type : {MathType::kF32, MathType::kBF16, MathType::kInt8}) {
    const ProductSize size{type, 32, 64, 48};
    for (auto product : {0, 1, 2}) {
      auto made = product == 0   ? MakeOneDnnProduct(size, 2, 1)
                  : product == 1 ? MakeOneDnnProduct(size, 1, 2)
                                 : MakeBackendProduct(size, 2);
      if (made.status().code() == StatusCode::kUnsupported) continue;
      ASSERT_TRUE(made.ok()) << made.status().message();
      EXPECT_TRUE((*made)->Run(0).ok());
      if (product != 1) {
        EXPECT_TRUE((*made)->Run(1).ok());
      }
    }
  }
}

TEST(PeakTest, SumsWordsOfAnyCount) {
  for (const size_t count : {0, 7, 8, 27}) {
    const std::vector<uint64_t> words(count, 3);
    EXPECT_EQ(SumWords(words), 3 * count);
  }
}

}  // namespace
}  // namespace llmembed::compute
