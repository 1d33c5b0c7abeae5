#include "pipeline/search/candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fusion/expression.h"

namespace llmembed::pipeline {
namespace {

const std::vector<SearchedBackbone> kBackbones = {{"d", 30}, {"e", 6}};

std::vector<LayerScore> Scores() {
  std::vector<LayerScore> scores;
  for (int layer = 0; layer <= 30; ++layer)
    scores.push_back({0, layer, 0.8 - 0.01 * std::abs(layer - 16)});
  for (int layer = 0; layer <= 6; ++layer) scores.push_back({1, layer, 0.7 + 0.01 * layer});
  return scores;
}

TEST(CandidatesTest, EveryLayerWhereTheBudgetAllows) {
  const auto layers = LayerCandidates(kBackbones, 38, {});
  ASSERT_EQ(layers.size(), 38U);
  EXPECT_EQ(layers.front().fusion, "d/0:mean");
  EXPECT_EQ(layers.back().fusion, "e/6:mean");
}

TEST(CandidatesTest, EvenlySpacedLayersWithTheLastOnesOtherwise) {
  for (const size_t budget : {size_t{2}, size_t{5}, size_t{12}, size_t{20}}) {
    std::set<std::string> fusions;
    for (const Candidate& candidate : LayerCandidates(kBackbones, budget, {})) {
      fusions.insert(candidate.fusion);
    }
    EXPECT_LE(fusions.size(), budget);
    EXPECT_TRUE(fusions.contains("d/30:mean")) << budget;
    EXPECT_TRUE(fusions.contains("e/6:mean")) << budget;
  }
}

TEST(CandidatesTest, FusionsAreDifferentGoodExpressionsAroundTheBestLayers) {
  const auto fusions = FusionCandidates(kBackbones, Scores(), 1000, {});
  std::set<std::string> seen;
  size_t trained = 0;
  for (const Candidate& candidate : fusions) {
    EXPECT_TRUE(seen.insert(candidate.fusion).second) << candidate.fusion;
    const auto expression = fusion::Expression::Parse(candidate.fusion);
    ASSERT_TRUE(expression.ok()) << expression.status().message();
    for (const fusion::Tap& given : expression->taps()) {
      const fusion::Tap tap = FromTheFront(given, kBackbones);
      EXPECT_EQ(tap.pooling, fusion::Pooling::kMean);
      EXPECT_LE(tap.layer, tap.backbone == "d" ? 30 : 6) << candidate.fusion;
      EXPECT_GE(tap.layer, 0) << candidate.fusion;
    }
    if (expression->IsTrained()) {
      ++trained;
      EXPECT_EQ(candidate.head.kind, head::HeadKind::kMlp);
    }
  }
  EXPECT_GE(trained, 2U);
  EXPECT_EQ(fusions.front().fusion, "cat(d/16:mean, e/6:mean)");
  EXPECT_TRUE(seen.contains("cat(d/13:mean, d/15:mean, d/17:mean, d/19:mean, e/6:mean)"));
  EXPECT_TRUE(seen.contains("avg(d/30:mean, d/29:mean, d/28:mean, d/27:mean, d/26:mean)"));
  EXPECT_EQ(FusionCandidates(kBackbones, Scores(), 7, {}).size(), 7U);
}

TEST(CandidatesTest, ThePapersFusionsThatTheBackbonesAllow) {
  const auto two = PaperCandidates(kBackbones, {});
  ASSERT_EQ(two.size(), 6U);  // paper-2 to paper-7
  EXPECT_EQ(two[3].fusion,
            "cat(avg(d/30:mean, d/29:mean, d/28:mean, d/27:mean, d/26:mean), e/6:mean)");
  const std::vector<SearchedBackbone> three = {{"b", 12}, {"r", 24}, {"L", 32}};
  const auto all = PaperCandidates(three, {});
  ASSERT_EQ(all.size(), 14U);  // all but the single layer
  EXPECT_EQ(all.back().fusion,
            "cat(co(L/32:mean, L/31:mean, L/30:mean, L/29:mean, L/28:mean, b/12:mean, r/24:mean, "
            "sigma=0.001), avg(L/32:mean, L/31:mean, L/30:mean, L/29:mean, L/28:mean))");
  EXPECT_EQ(all.back().head.kind, head::HeadKind::kMlp);
  EXPECT_TRUE(PaperCandidates(std::vector<SearchedBackbone>{{"small", 4}}, {}).empty());
}

TEST(CandidatesTest, TheRecipesOwnFusionIsTriedWhereItIsMadeOfMeans) {
  recipe::Recipe recipe;
  recipe.fusion = "cat(d/14:mean, e/-1:mean)";
  ASSERT_TRUE(OwnCandidate(recipe).has_value());
  EXPECT_EQ(OwnCandidate(recipe)->fusion, recipe.fusion);
  for (const char* fusion : {"d/-1:mean", "cat(d/1:mean, e/-1:cls)", "cat(d/1:mean, lexical)",
                             "cat(d/1:mean, d/-1.raw:mean)"}) {
    recipe.fusion = fusion;
    EXPECT_FALSE(OwnCandidate(recipe).has_value()) << fusion;
  }
}

TEST(CandidatesTest, ASmallBackboneHasSmallGroups) {
  const std::vector<SearchedBackbone> tiny = {{"t", 2}};
  const std::vector<LayerScore> scores = {{0, 0, 0.5}, {0, 1, 0.7}, {0, 2, 0.6}};
  for (const Candidate& candidate : FusionCandidates(tiny, scores, 100, {})) {
    const auto expression = fusion::Expression::Parse(candidate.fusion);
    ASSERT_TRUE(expression.ok()) << expression.status().message();
    for (const fusion::Tap& tap : expression->taps()) EXPECT_LE(tap.layer, 2);
  }
}

TEST(CandidatesTest, HeadsAreTriedOnTheBestFusion) {
  const Candidate best{"fusion", "cat(d/1:mean, e/1:mean)", {}};
  for (const Candidate& candidate : HeadCandidates(best)) {
    EXPECT_EQ(candidate.fusion, best.fusion);
    EXPECT_EQ(candidate.head.kind, head::HeadKind::kMlp);
  }
}

}  // namespace
}  // namespace llmembed::pipeline
