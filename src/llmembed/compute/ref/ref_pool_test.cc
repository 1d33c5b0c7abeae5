#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "compute/op_cases/random_data.h"
#include "compute/ref/ref_ops.h"

namespace llmembed::compute {
namespace {

using testing::ElementsAre;

// `states` are those of one text's own tokens and of `padding` more, two numbers each.
std::vector<float> Pool(PoolRule rule, const std::vector<float>& states, size_t length,
                        size_t padding = 0) {
  constexpr size_t kWidth = 2;
  const auto stream = *MakeReferenceBackend(MathType::kF32)->MakeStream();
  const OwnedMatrix matrix = ZeroMatrix(tensor::DType::kF32, length + padding, kWidth);
  EXPECT_TRUE(stream->Put(states, matrix.view).ok());
  const OwnedMatrix out = ZeroMatrix(tensor::DType::kF32, 1, kWidth);
  const std::vector<int32_t> starts = {0, static_cast<int32_t>(length + padding)};
  const std::vector<int32_t> lengths = {static_cast<int32_t>(length)};
  EXPECT_TRUE(
      stream->Pool(rule, {.starts = starts, .lengths = lengths}, matrix.view, out.view).ok());
  std::vector<float> vector(kWidth);
  EXPECT_TRUE(stream->Fetch(out.view, vector).ok());
  return vector;
}

TEST(PoolTest, EachByItsDefinition) {
  const std::vector<float> states = {1.0F, -4.0F, 3.0F, -2.0F, 8.0F, -6.0F};
  EXPECT_THAT(Pool(PoolRule::kMean, states, 3), ElementsAre(4.0F, -4.0F));
  EXPECT_THAT(Pool(PoolRule::kMax, states, 3), ElementsAre(8.0F, -2.0F));
  EXPECT_THAT(Pool(PoolRule::kFirst, states, 3), ElementsAre(1.0F, -4.0F));
  EXPECT_THAT(Pool(PoolRule::kLast, states, 3), ElementsAre(8.0F, -6.0F));
}

TEST(PoolTest, PaddingCountsForMeanAllAlone) {
  const std::vector<float> states = {1.0F, -4.0F, 3.0F, -2.0F, 8.0F, -6.0F};
  EXPECT_THAT(Pool(PoolRule::kMeanAll, states, 2, 1), ElementsAre(4.0F, -4.0F));
  EXPECT_THAT(Pool(PoolRule::kMean, states, 2, 1), ElementsAre(2.0F, -3.0F));
  EXPECT_THAT(Pool(PoolRule::kMax, states, 2, 1), ElementsAre(3.0F, -2.0F));
  EXPECT_THAT(Pool(PoolRule::kFirst, states, 2, 1), ElementsAre(1.0F, -4.0F));
  EXPECT_THAT(Pool(PoolRule::kLast, states, 2, 1), ElementsAre(3.0F, -2.0F));
}

TEST(PoolTest, OfOneTokenAllAreThatToken) {
  for (const PoolRule rule :
       {PoolRule::kMean, PoolRule::kMeanAll, PoolRule::kMax, PoolRule::kFirst, PoolRule::kLast}) {
    EXPECT_THAT(Pool(rule, {-3.0F, 0.5F}, 1), ElementsAre(-3.0F, 0.5F));
  }
}

}  // namespace
}  // namespace llmembed::compute
