#include "lexical/cross_fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "lexical/test_problem.h"

namespace llmembed::lexical {
namespace {

CrossFitted MustFit(const TestProblem& problem, const std::vector<uint32_t>& groups,
                    const RunContext& context = {}) {
  auto fitted = CrossFit(problem.data(), groups, {}, {}, context);
  EXPECT_TRUE(fitted.ok()) << fitted.status().message();
  return fitted.ok() ? *std::move(fitted) : CrossFitted{LexicalModel({}, {}), {}};
}

TEST(CrossFitTest, EachFoldIsScoredByAModelOfTheOthers) {
  const TestProblem problem = RandomProblem(120, 3);
  const std::vector<uint32_t> groups = Numbers(120);
  const CrossFitted fitted = MustFit(problem, groups);
  const auto folds = AssignFolds(problem.data(), groups, {});
  ASSERT_EQ(fitted.logits.size(), 360U);
  for (uint32_t fold = 0; fold < 5; ++fold) {
    LexicalData others = problem.data();
    std::vector<uint32_t> rows;
    for (uint32_t row = 0; row < 120; ++row) {
      if (folds[row] != fold) rows.push_back(row);
    }
    others.rows = rows;
    const auto model = LexicalModel::Train(others, {}, {});
    ASSERT_TRUE(model.ok());
    const auto logits = model->Logits(problem.texts, {});
    ASSERT_TRUE(logits.ok());
    for (uint32_t row = 0; row < 120; ++row) {
      for (uint32_t k = 0; folds[row] == fold && k < 3; ++k) {
        EXPECT_NEAR(fitted.logits[row * 3 + k], (*logits)[row * 3 + k], 1e-2) << row;
      }
    }
  }
  const auto whole = LexicalModel::Train(problem.data(), {}, {});
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(fitted.model.weights().weight, whole->weights().weight);
}

TEST(CrossFitTest, ARowsLabelDoesNotReachItsLogits) {
  TestProblem problem = RandomProblem(100, 2);
  const std::vector<uint32_t> groups = Numbers(100);
  const auto folds = AssignFolds(problem.data(), groups, {});
  const CrossFitted before = MustFit(problem, groups);
  problem.strings[7] = "zz yy xx";  // a text that nothing else has, in the same fold
  problem.texts[7] = problem.strings[7];
  const CrossFitted after = MustFit(problem, groups);
  for (uint32_t row = 0; row < 100; ++row) {
    if (row != 7 && folds[row] == folds[7]) {
      EXPECT_NEAR(before.logits[2 * row], after.logits[2 * row], 1e-4);
    }
  }
}

TEST(CrossFitTest, EqualTextsShareAFoldAndClassesAreSpread) {
  const TestProblem problem = RandomProblem(200, 2);
  std::vector<uint32_t> groups = Numbers(200);
  for (uint32_t row = 0; row < 40; ++row) groups[row] = row / 4;
  const auto folds = AssignFolds(problem.data(), groups, {});
  std::map<std::pair<uint32_t, uint32_t>, int> rows;  // by class and fold
  for (uint32_t row = 0; row < 200; ++row) {
    ++rows[{problem.labels[row], folds[row]}];
    if (row < 40) {
      EXPECT_EQ(folds[row], folds[row / 4 * 4]);
    }
  }
  EXPECT_EQ(rows.size(), 10U);
  for (const auto& [key, count] : rows) EXPECT_GE(count, 14);
  EXPECT_NE(AssignFolds(problem.data(), groups, {5, 2}), folds);
  EXPECT_EQ(AssignFolds(problem.data(), groups, {5, 1}), folds);
}

TEST(CrossFitTest, SurvivesAClassOfASingleText) {
  TestProblem problem = RandomProblem(60, 2);
  problem.labels[11] = 2;
  problem.classes = 3;
  const CrossFitted fitted = MustFit(problem, Numbers(60));
  for (const float logit : fitted.logits) EXPECT_TRUE(std::isfinite(logit));
  const float* row = fitted.logits.data() + 33;  // its own row: that class was never seen
  EXPECT_LT(row[2], std::min(row[0], row[1]));
}

TEST(CrossFitTest, SurvivesAFoldWithoutTheOtherClass) {
  const TestProblem problem({"good film", "good film", "good film", "bad film"}, {0, 0, 0, 1}, 2);
  const CrossFitted fitted = MustFit(problem, {0, 1, 2, 3});
  ASSERT_EQ(fitted.logits.size(), 8U);
  EXPECT_GT(fitted.logits[6], fitted.logits[7]);  // of three texts of class 0
  EXPECT_NEAR(fitted.logits[6] - fitted.logits[7], std::log(4.0), 1e-6);
}

TEST(CrossFitTest, BitsDoNotDependOnTheThreads) {
  const TestProblem problem = RandomProblem(150, 3);
  RunContext one;
  one.threads = 1;
  RunContext three;
  three.threads = 3;
  EXPECT_EQ(MustFit(problem, Numbers(150), one).logits,
            MustFit(problem, Numbers(150), three).logits);
}

TEST(CrossFitTest, RefusesWhatCannotBeDivided) {
  const TestProblem problem({"aa bb", "aa bb"}, {0, 1}, 2);
  const std::vector<uint32_t> same = {0, 0};
  EXPECT_EQ(CrossFit(problem.data(), same, {}, {}, {}).status().code(), StatusCode::kBadData);
  EXPECT_EQ(CrossFit(problem.data(), same, {}, {1, 1}, {}).status().code(), StatusCode::kUsage);
  EXPECT_EQ(CrossFit(problem.data(), {}, {}, {}, {}).status().code(), StatusCode::kInternal);
}

}  // namespace
}  // namespace llmembed::lexical
