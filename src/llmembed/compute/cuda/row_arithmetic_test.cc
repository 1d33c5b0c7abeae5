#include "compute/cuda/row_arithmetic.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace llmembed::compute::cuda {
namespace {

TEST(RandomJumpsTest, GiveTheNumbersThatAreDrawnOneByOne) {
  base::Random random(5, 6);
  const uint64_t start = random.state();
  const auto jumps = RandomJumps::Of(base::Random::kMultiplier, random.increment());
  for (uint64_t i = 0; i < 3000; ++i) {
    EXPECT_EQ(RandomNumber(jumps.After(start, i)), random.Next()) << i;
  }
}

TEST(RandomJumpsTest, ReachFar) {
  for (const uint64_t count : {uint64_t{1} << 20, (uint64_t{1} << 32) + 12345}) {
    base::Random random(1, 3);
    const auto jumps = RandomJumps::Of(base::Random::kMultiplier, random.increment());
    const uint64_t after = jumps.After(random.state(), count);
    EXPECT_EQ(jumps.Across(count).From(random.state()), after);
    random.Skip(count);
    EXPECT_EQ(after, random.state());
  }
}

TEST(CoEntryTest, CountsTheProductsRowByRow) {
  for (const size_t vectors : {2, 7, 256}) {
    size_t entry = 0;
    for (size_t i = 0; i < vectors; ++i) {
      for (size_t j = i; j < vectors; ++j) EXPECT_EQ(CoEntry(vectors, true, i, j), entry++);
    }
    EXPECT_EQ(entry, vectors * (vectors + 1) / 2);
    EXPECT_EQ(CoEntry(vectors, false, 1, 1), vectors + 1);
  }
}

}  // namespace
}  // namespace llmembed::compute::cuda
