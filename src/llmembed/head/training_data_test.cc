#include "head/training_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "head/test_problem.h"

namespace llmembed::head {
namespace {

using testing::HasSubstr;

TEST(TrainingDataTest, AcceptsASplitOfAllRows) {
  TestProblem problem = MakeBlobs({});
  problem.HoldOut(10);
  EXPECT_TRUE(CheckTrainingData(problem.data()).ok());
}

TEST(TrainingDataTest, AcceptsRowsThatTakeNoPart) {
  TestProblem problem = MakeBlobs({.rows = 9});
  problem.fit_rows = {0, 1, 2, 7};
  problem.validation_rows = {5};
  EXPECT_TRUE(CheckTrainingData(problem.data()).ok());
  EXPECT_EQ(problem.data().ListedRows(), (std::vector<uint32_t>{0, 1, 2, 7, 5}));
  problem.fit_rows = {0, 3, 6};  // all of class 0
  problem.validation_rows = {};
  EXPECT_EQ(CheckTrainingData(problem.data()).code(), StatusCode::kBadData);
}

TEST(TrainingDataTest, NamesAnyRowThatIsNotFinite) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    TestProblem problem = MakeBlobs({.rows = 9, .width = 2});
    problem.fit_rows = {0, 1, 2};
    problem.features[2 * 7 + 1] = bad;
    const Status status = CheckTrainingData(problem.data());
    EXPECT_EQ(status.code(), StatusCode::kBadData);
    EXPECT_THAT(status.message(), HasSubstr("row 7 is not finite (feature 1)"));
  }
}

TEST(TrainingDataTest, RefusesWhatNothingCanBeLearntFrom) {
  TestProblem problem = MakeBlobs({.rows = 4, .classes = 1});
  EXPECT_EQ(CheckTrainingData(problem.data()).code(), StatusCode::kBadData);
  problem.classes = 2;  // declared, but no row has the second
  EXPECT_EQ(CheckTrainingData(problem.data()).code(), StatusCode::kBadData);

  problem = MakeBlobs({.rows = 4});
  problem.HoldOut(1);
  EXPECT_THAT(CheckTrainingData(problem.data()).message(), HasSubstr("no row is left"));

  TestProblem empty;
  empty.width = 3;
  EXPECT_EQ(CheckTrainingData(empty.data()).code(), StatusCode::kBadData);
}

TEST(TrainingDataTest, RefusesPartsThatDoNotFitTogether) {
  const TestProblem good = MakeBlobs({.rows = 9});
  TestProblem bad = good;
  bad.features.pop_back();
  EXPECT_EQ(CheckTrainingData(bad.data()).code(), StatusCode::kInternal);

  bad = good;
  bad.labels[4] = 3;
  EXPECT_THAT(CheckTrainingData(bad.data()).message(), HasSubstr("label of row 4 is 3 of 3"));

  bad = good;
  bad.fit_rows[1] = 0;
  EXPECT_THAT(CheckTrainingData(bad.data()).message(), HasSubstr("row 0 is listed twice"));

  bad = good;
  bad.validation_rows = {9};
  EXPECT_THAT(CheckTrainingData(bad.data()).message(), HasSubstr("row 9"));

  bad = good;
  bad.width = 1ULL << 40U;
  EXPECT_EQ(CheckTrainingData(bad.data()).code(), StatusCode::kInternal);
}

TEST(RowWeightsTest, RowsOutsideTheListWeighNothing) {
  TestProblem problem = MakeBlobs({.rows = 4});
  problem.fit_rows = {1, 3};
  EXPECT_EQ(RowWeights(problem.data(), problem.fit_rows, ClassWeighting::kNone),
            (std::vector<float>{0, 1, 0, 1}));
}

TEST(RowWeightsTest, BalancedClassesWeighTheSameAltogether) {
  TestProblem problem = MakeBlobs({.rows = 5});
  problem.labels = {0, 0, 0, 1, 2};
  const std::vector<uint32_t> rows = {0, 1, 2, 3};
  // 4 rows over the 2 classes that occur: 4 / (2 * 3) and 4 / (2 * 1).
  const auto weights = RowWeights(problem.data(), rows, ClassWeighting::kBalanced);
  EXPECT_FLOAT_EQ(weights[0], 2.0F / 3.0F);
  EXPECT_FLOAT_EQ(weights[3], 2.0F);
  EXPECT_EQ(weights[4], 0.0F);
}

}  // namespace
}  // namespace llmembed::head
