#include "extract/chunk_mean.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace llmembed::extract {
namespace {

using testing::ElementsAre;

TEST(ChunkMeanTest, WeighsChunksByTheirTokensAndKeepsTextsApart) {
  ChunkMean mean(/*taps=*/2, /*width=*/2, /*slots=*/3);
  const auto set = [&](size_t tap, size_t slot, float a, float b) {
    mean.slots()[tap][2 * slot] = a;
    mean.slots()[tap][2 * slot + 1] = b;
  };
  set(0, 0, 1.0F, 10.0F);
  set(0, 1, 5.0F, -10.0F);
  set(0, 2, 7.0F, 8.0F);
  set(1, 0, 0.0F, 1.0F);
  set(1, 1, 4.0F, 1.0F);
  set(1, 2, -1.0F, 0.5F);
  std::vector<float> first(4, -77.0F);
  std::vector<float> second(4, -77.0F);
  const std::vector<float*> vectors = {first.data(), second.data()};
  mean.Add(0, 6);
  mean.Add(1, 2);
  mean.Finish(1, vectors);
  EXPECT_THAT(first, ElementsAre(-77.0F, -77.0F, 2.0F, 5.0F));
  EXPECT_THAT(second, ElementsAre(-77.0F, -77.0F, 1.0F, 1.0F));
  mean.Add(2, 3);
  mean.Finish(0, vectors);
  EXPECT_THAT(first, ElementsAre(7.0F, 8.0F, 2.0F, 5.0F));
  EXPECT_THAT(second, ElementsAre(-1.0F, 0.5F, 1.0F, 1.0F));
}

}  // namespace
}  // namespace llmembed::extract
