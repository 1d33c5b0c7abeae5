#include "prompt/demonstrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace llmembed::prompt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Nine rows of three labels; rows 3 and 7 have the texts of rows 0 and 1.
const std::vector<uint32_t> kRows = {0, 1, 2, 3, 4, 5, 6, 7, 8};
const std::vector<uint32_t> kLabels = {0, 1, 2, 0, 0, 0, 0, 1, 1};
const std::vector<uint32_t> kFirstRows = {0, 1, 2, 0, 4, 5, 6, 1, 8};
const Candidates kCandidates{kRows, kLabels, kFirstRows};

TEST(RandomDemonstrationsTest, LabelsTakeTurnsAndNoTextStandsTwice) {
  for (uint64_t seed = 1; seed < 30; ++seed) {
    const auto chosen = RandomDemonstrations(kCandidates, 5, seed);
    ASSERT_EQ(chosen.size(), 5U);
    std::map<uint32_t, int> counts;
    std::set<uint32_t> texts;
    for (const uint32_t row : chosen) {
      ++counts[kLabels[row]];
      EXPECT_TRUE(texts.insert(kFirstRows[row]).second) << "seed " << seed;
    }
    EXPECT_EQ(counts[0], 2);
    EXPECT_EQ(counts[1], 2);
    EXPECT_EQ(counts[2], 1);
    std::set<uint32_t> first_round;
    for (size_t i = 0; i < 3; ++i) first_round.insert(kLabels[chosen[i]]);
    EXPECT_EQ(first_round.size(), 3U);
  }
}

TEST(RandomDemonstrationsTest, SeedDecides) {
  const auto chosen = RandomDemonstrations(kCandidates, 6, 1);
  EXPECT_EQ(RandomDemonstrations(kCandidates, 6, 1), chosen);
  std::set<std::vector<uint32_t>> different;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    different.insert(RandomDemonstrations(kCandidates, 6, seed));
  }
  EXPECT_GT(different.size(), 3U);
}

TEST(RandomDemonstrationsTest, NoMoreThanThereAre) {
  EXPECT_EQ(RandomDemonstrations(kCandidates, 100, 1).size(), 7U);
  EXPECT_THAT(RandomDemonstrations(kCandidates, 0, 1), IsEmpty());
  EXPECT_THAT(RandomDemonstrations({}, 3, 1), IsEmpty());
}

TEST(NearestDemonstrationsTest, NearestLastAndNeverTheTextItself) {
  const std::vector<float> vectors = {1,  0,   // 0
                                      10, 1,   // 1: near 0, but longer
                                      0,  1,   // 2
                                      1,  0,   // 3: the text of 0
                                      1,  1,   // 4
                                      0,  0,   // 5: nothing
                                      -1, 0,   // 6
                                      10, 1,   // 7: the text of 1
                                      2,  2};  // 8: as near as 4
  const std::vector<float> queries = {3, 0, 3, 0, 0, 0.5F};
  const std::vector<uint32_t> query_texts = {UINT32_MAX, 0, 2};
  base::ThreadPool pool(2);
  const NearestInput input{kCandidates, vectors, queries, query_texts, 2};
  const auto nearest = NearestDemonstrations(input, 3, &pool);
  ASSERT_TRUE(nearest.ok());
  EXPECT_THAT(*nearest,
              ElementsAre(ElementsAre(4, 1, 0), ElementsAre(8, 4, 1), ElementsAre(1, 8, 4)));
  const auto all = NearestDemonstrations(input, 100, &pool);
  EXPECT_THAT((*all)[1], ElementsAre(5, 6, 2, 8, 4, 1));
}

}  // namespace
}  // namespace llmembed::prompt
