#include "extract/pooling/pooling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace llmembed::extract {
namespace {

using fusion::Pooling;
using testing::ElementsAre;

// `states` are those of the text's own tokens and of `padding` more.
std::vector<float> Pool(Pooling pooling, const std::vector<float>& states, size_t length,
                        size_t padding = 0) {
  const size_t padded_length = length + padding;
  std::vector<float> vector(states.size() / padded_length, -99.0F);
  PoolFunctionOf(pooling)({states.data(), length, padded_length, vector.size()}, vector.data());
  return vector;
}

TEST(PoolingTest, EachByItsDefinition) {
  const std::vector<float> states = {1.0F, -4.0F, 3.0F, -2.0F, 8.0F, -6.0F};  // three tokens of two
  EXPECT_THAT(Pool(Pooling::kMean, states, 3), ElementsAre(4.0F, -4.0F));
  EXPECT_THAT(Pool(Pooling::kMax, states, 3), ElementsAre(8.0F, -2.0F));
  EXPECT_THAT(Pool(Pooling::kCls, states, 3), ElementsAre(1.0F, -4.0F));
  EXPECT_THAT(Pool(Pooling::kLast, states, 3), ElementsAre(8.0F, -6.0F));
}

TEST(PoolingTest, PaddingCountsForMeanAllAlone) {
  const std::vector<float> states = {1.0F, -4.0F, 3.0F, -2.0F, 8.0F, -6.0F};
  EXPECT_THAT(Pool(Pooling::kMeanAll, states, 2, 1), ElementsAre(4.0F, -4.0F));
  EXPECT_THAT(Pool(Pooling::kMean, states, 2, 1), ElementsAre(2.0F, -3.0F));
  EXPECT_THAT(Pool(Pooling::kMax, states, 2, 1), ElementsAre(3.0F, -2.0F));
  EXPECT_THAT(Pool(Pooling::kCls, states, 2, 1), ElementsAre(1.0F, -4.0F));
  EXPECT_THAT(Pool(Pooling::kLast, states, 2, 1), ElementsAre(3.0F, -2.0F));
}

TEST(PoolingTest, OfOneTokenAllAreThatToken) {
  for (const Pooling pooling : {Pooling::kMean, Pooling::kMeanAll, Pooling::kMax, Pooling::kCls,
                                Pooling::kLast, Pooling::kPooler}) {
    EXPECT_THAT(Pool(pooling, {-3.0F, 0.5F}, 1), ElementsAre(-3.0F, 0.5F));
  }
}

}  // namespace
}  // namespace llmembed::extract
