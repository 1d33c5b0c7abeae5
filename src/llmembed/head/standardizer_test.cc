#include "head/standardizer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "head/test_problem.h"

namespace llmembed::head {
namespace {

TestProblem Columns(std::vector<float> features, uint64_t width) {
  TestProblem problem;
  problem.width = width;
  problem.labels.resize(features.size() / width);
  problem.features = std::move(features);
  problem.HoldOut(0);
  return problem;
}

void Standardize(const Standardizer& standardizer, std::vector<float>* rows) {
  const size_t width = standardizer.mean.size();
  for (size_t i = 0; i < rows->size(); ++i) {
    (*rows)[i] = static_cast<float>(((*rows)[i] - standardizer.mean[i % width]) *
                                    standardizer.scale[i % width]);
  }
}

TEST(StandardizerTest, BringsFeaturesToMeanZeroAndDeviationOne) {
  TestProblem problem = Columns({1, 10, 3, 10, 5, 40}, 2);
  const auto standardizer = FitStandardizer(problem.data());
  EXPECT_DOUBLE_EQ(standardizer.mean[0], 3.0);
  EXPECT_DOUBLE_EQ(standardizer.mean[1], 20.0);
  EXPECT_DOUBLE_EQ(standardizer.scale[0], 1.0 / std::sqrt(8.0 / 3.0));
  EXPECT_DOUBLE_EQ(standardizer.scale[1], 1.0 / std::sqrt(200.0));
  Standardize(standardizer, &problem.features);
  EXPECT_FLOAT_EQ(problem.features[0], static_cast<float>(-2.0 / std::sqrt(8.0 / 3.0)));
  EXPECT_FLOAT_EQ(problem.features[5], static_cast<float>(20.0 / std::sqrt(200.0)));
}

TEST(StandardizerTest, KeepsItsPrecisionFarFromZero) {
  const auto standardizer = FitStandardizer(Columns({4096.0F, 4097.0F, 4098.0F}, 1).data());
  EXPECT_NEAR(standardizer.scale[0], 1.0 / std::sqrt(2.0 / 3.0), 1e-12);
}

TEST(StandardizerTest, SilencesFeaturesThatHardlyVary) {
  const auto standardizer = FitStandardizer(
      Columns({7.0F, 1000.0F, 0.0F, 1e-38F, 7.0F, 1000.001F, 0.0F, -1e-38F}, 4).data());
  EXPECT_EQ(standardizer.scale, (std::vector<double>{0, 0, 0, 0}));
}

TEST(StandardizerTest, LooksOnlyAtTheListedRows) {
  TestProblem problem = Columns({1, 2, 30, 3, 5}, 1);
  problem.fit_rows = {0, 3};
  problem.validation_rows = {4};
  EXPECT_DOUBLE_EQ(FitStandardizer(problem.data()).mean[0], 3.0);
}

TEST(StandardizerTest, FoldedLayerDoesToRawFeaturesTheSame) {
  TestProblem problem = MakeBlobs({.rows = 50, .width = 8, .classes = 4});
  for (size_t i = 0; i < problem.features.size(); i += 8) {
    problem.features[i] = problem.features[i] * 30.0F + 200.0F;
    problem.features[i + 1] = 5.0F;
  }
  const auto standardizer = FitStandardizer(problem.data());
  base::Random random(3);
  LinearLayer layer{8, 4, std::vector<float>(32), std::vector<float>(4)};
  for (float& weight : layer.weight) weight = static_cast<float>(random.Normal());
  for (float& bias : layer.bias) bias = static_cast<float>(random.Normal());

  const auto folded = Head{{standardizer.FoldInto(layer)}}.Logits(problem.features);
  Standardize(standardizer, &problem.features);
  const auto plain = Head{{layer}}.Logits(problem.features);
  ASSERT_TRUE(folded.ok() && plain.ok());
  for (size_t i = 0; i < plain->size(); ++i) EXPECT_NEAR((*folded)[i], (*plain)[i], 2e-5);
}

}  // namespace
}  // namespace llmembed::head
