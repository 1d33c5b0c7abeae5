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
    std::vector<Result<std::unique_ptr<Product>>> products;
    products.push_back(MakeOneDnnProduct(size, /*workers=*/2, /*threads=*/1));
    products.push_back(MakeOneDnnProduct(size, /*workers=*/2, /*threads=*/2));
    products.push_back(MakeBackendProduct(size, /*workers=*/2));
    for (const auto& product : products) {
      if (product.status().code() == StatusCode::kUnsupported) continue;
      ASSERT_TRUE(product.ok()) << product.status().message();
      for (const unsigned worker : {0, 1}) EXPECT_TRUE((*product)->Run(worker).ok());
    }
  }
}

TEST(PeakTest, SumsWordsOfAnyCount) {
  for (const size_t count : {0, 7, 32, 75}) {
    const std::vector<uint64_t> words(count, 3);
    EXPECT_EQ(SumWords(words), 3 * count);
  }
  const auto memory = MakeMemoryToRead(1000);
  ASSERT_TRUE(memory.ok());
  EXPECT_EQ(SumWords(memory->words), 1000U);
}

}  // namespace
}  // namespace llmembed::compute
