#include "backbone/distance_bias.h"

#include <gtest/gtest.h>

#include <vector>

namespace llmembed::backbone {
namespace {

// Each bucket's bias is its own number, so that the result shows which bucket a distance is in.
TEST(DistanceBiasTest, BucketsAreThoseOfMpnet) {
  std::vector<float> buckets;
  for (int bucket = 0; bucket < 32; ++bucket) {
    buckets.push_back(static_cast<float>(bucket));
    buckets.push_back(static_cast<float>(-bucket));
  }
  const auto bias = BiasByDistance(buckets, 2);
  ASSERT_TRUE(bias.ok());
  ASSERT_EQ(bias->size(), 2 * (2 * kBiasReach + 1));
  const auto bucket_of = [&](int distance) {
    return (*bias)[static_cast<size_t>(distance + static_cast<int>(kBiasReach))];
  };
  // MPNetEncoder.relative_position_bucket of transformers 4.44.2.
  EXPECT_EQ(bucket_of(0), 0);
  EXPECT_EQ(bucket_of(-1), 1);
  EXPECT_EQ(bucket_of(-7), 7);
  EXPECT_EQ(bucket_of(-8), 8);
  EXPECT_EQ(bucket_of(-12), 9);
  EXPECT_EQ(bucket_of(-90), 14);
  EXPECT_EQ(bucket_of(-91), 15);
  EXPECT_EQ(bucket_of(-128), 15);
  EXPECT_EQ(bucket_of(1), 17);
  EXPECT_EQ(bucket_of(8), 24);
  EXPECT_EQ(bucket_of(128), 31);
  EXPECT_EQ((*bias)[bias->size() - 1], -31);  // the other head
}

}  // namespace
}  // namespace llmembed::backbone
