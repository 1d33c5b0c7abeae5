#include "compute/cuda/memory_plan.h"

#include <gtest/gtest.h>

namespace llmembed::compute::cuda {
namespace {

constexpr uint64_t kGigabyte = uint64_t{1} << 30;

TEST(MemoryPlanTest, AsManyTokensAsAreWantedWhereThereIsRoom) {
  EXPECT_EQ(TokensThatFit(60 * kGigabyte, 130000, 8192), 8192U);
}

TEST(MemoryPlanTest, LessMemoryFewerTokensInWholeBlocks) {
  const size_t tokens = TokensThatFit(2 * kGigabyte, 300000, 8192);
  EXPECT_LT(tokens, 8192U);
  EXPECT_EQ(tokens % kDeviceRowBlock, 0U);
  // Both streams' batches, and what else is needed, fit.
  EXPECT_LT(kStreams * (tokens * 300000 + kLinearWorkspace), 2 * kGigabyte);
}

TEST(MemoryPlanTest, AtLeastOneBlock) {
  EXPECT_EQ(TokensThatFit(0, 300000, 8192), kDeviceRowBlock);
  EXPECT_EQ(TokensThatFit(kGigabyte, 0, 8192), 8192U);
}

TEST(MemoryPlanTest, RowsAreMadeUpToWholeBlocks) {
  EXPECT_EQ(PaddedDeviceRows(0), 0U);
  EXPECT_EQ(PaddedDeviceRows(1), kDeviceRowBlock);
  EXPECT_EQ(PaddedDeviceRows(kDeviceRowBlock), kDeviceRowBlock);
  EXPECT_EQ(PaddedDeviceRows(kDeviceRowBlock + 1), 2 * kDeviceRowBlock);
}

// SST-2's texts with the paper's widest fusion, 6 GB, on a card of 80 and on one of 4.
TEST(MemoryPlanTest, FeaturesStayWhereThereIsRoom) {
  constexpr size_t kRowBytes = 22528 * sizeof(float);
  EXPECT_EQ(RowsThatFit(78 * kGigabyte, kRowBytes, 67349), 67349U);
  const size_t some = RowsThatFit(4 * kGigabyte, kRowBytes, 67349);
  EXPECT_GT(some, 30000U);
  EXPECT_LE(some * kRowBytes, 3 * kGigabyte);
  EXPECT_EQ(RowsThatFit(kGigabyte / 2, kRowBytes, 67349), 0U);
}

}  // namespace
}  // namespace llmembed::compute::cuda
