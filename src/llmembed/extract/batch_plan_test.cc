#include "extract/batch_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/random.h"

namespace llmembed::extract {
namespace {

using testing::ElementsAre;

constexpr size_t kBatchTokens = 512;

TEST(BatchPlanTest, LongTextsComeFirstAndEqualOnesInOrder) {
  const std::vector<uint32_t> lengths = {3, 200, 3, 400, 200};
  const BatchPlan plan = PlanBatches(lengths, kBatchTokens);
  EXPECT_THAT(plan.order, ElementsAre(3, 1, 4, 0, 2));
  EXPECT_THAT(plan.starts, ElementsAre(0, 1, 5));
}

TEST(BatchPlanTest, NoTextsNoBatches) {
  const BatchPlan plan = PlanBatches({}, kBatchTokens);
  EXPECT_TRUE(plan.order.empty());
  EXPECT_THAT(plan.starts, ElementsAre(0));
}

TEST(BatchPlanTest, EveryTextOnceAndNoBatchTooLargeUnlessOfOneText) {
  base::Random random(5);
  std::vector<uint32_t> lengths(500);
  for (uint32_t& length : lengths) length = 1 + random.Below(700);
  const BatchPlan plan = PlanBatches(lengths, kBatchTokens);
  std::vector<uint32_t> sorted = plan.order;
  std::sort(sorted.begin(), sorted.end());
  std::vector<uint32_t> all(lengths.size());
  std::iota(all.begin(), all.end(), 0U);
  EXPECT_EQ(sorted, all);
  EXPECT_EQ(plan.starts.back(), lengths.size());
  for (size_t batch = 0; batch + 1 < plan.starts.size(); ++batch) {
    ASSERT_LT(plan.starts[batch], plan.starts[batch + 1]);
    size_t tokens = 0;
    for (uint32_t i = plan.starts[batch]; i < plan.starts[batch + 1]; ++i) {
      tokens += lengths[plan.order[i]];
    }
    EXPECT_TRUE(tokens <= kBatchTokens || plan.starts[batch + 1] - plan.starts[batch] == 1);
  }
}

}  // namespace
}  // namespace llmembed::extract
