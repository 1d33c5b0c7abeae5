#include "head/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <vector>

#include "head/test_problem.h"

namespace llmembed::head {
namespace {

using testing::HasSubstr;

// Keeps the progress reports; asks to stop after some of them.
class Listener : public Observer {
 public:
  explicit Listener(size_t stop_after = std::numeric_limits<size_t>::max())
      : stop_after_(stop_after) {}

  void OnLog(LogLevel, std::string_view) override {}
  void OnProgress(const Progress& progress) override {
    reports.push_back(progress);
    if (reports.size() == stop_after_) cancelled = true;
  }
  RunContext context() {
    RunContext result;
    result.observer = this;
    result.cancelled = &cancelled;
    return result;
  }

  std::vector<Progress> reports;
  std::atomic<bool> cancelled = false;

 private:
  size_t stop_after_;
};

HeadConfig OfKind(HeadKind kind) {
  HeadConfig config;
  config.kind = kind;
  config.mlp.max_epochs = 6;
  config.mlp.patience = 0;
  return config;
}

class TrainerTest : public testing::TestWithParam<HeadKind> {};

INSTANTIATE_TEST_SUITE_P(Kinds, TrainerTest,
                         testing::Values(HeadKind::kLogisticRegression, HeadKind::kMlp),
                         [](const auto& instance) {
                           return instance.param == HeadKind::kMlp ? "Mlp" : "LogisticRegression";
                         });

TEST_P(TrainerTest, ReportsProgressToItsEnd) {
  TestProblem problem = MakeBlobs({});
  problem.HoldOut(5);
  Listener listener;
  ASSERT_TRUE(TrainHead(OfKind(GetParam()), problem.data(), 1, listener.context()).ok());
  ASSERT_FALSE(listener.reports.empty());
  for (size_t i = 0; i < listener.reports.size(); ++i) {
    EXPECT_EQ(listener.reports[i].done, i + 1);
    EXPECT_GE(listener.reports[i].total, listener.reports.size());  // it may end early
    EXPECT_EQ(listener.reports[i].finished, i + 1 == listener.reports.size());
  }
  EXPECT_EQ(listener.reports.back().total, listener.reports.size());
}

TEST_P(TrainerTest, StopsWhenAskedTo) {
  TestProblem problem = MakeBlobs({});
  problem.HoldOut(5);
  Listener listener(2);
  const auto trained = TrainHead(OfKind(GetParam()), problem.data(), 1, listener.context());
  EXPECT_EQ(trained.status().code(), StatusCode::kCancelled);
  EXPECT_EQ(listener.reports.size(), 2U);
}

TEST_P(TrainerTest, NamesTheRowThatIsNotFinite) {
  TestProblem problem = MakeBlobs({.rows = 20, .width = 3});
  problem.features[17 * 3 + 1] = std::numeric_limits<float>::quiet_NaN();
  const auto trained = TrainHead(OfKind(GetParam()), problem.data(), 1, {});
  EXPECT_EQ(trained.status().code(), StatusCode::kBadData);
  EXPECT_THAT(trained.status().message(), HasSubstr("row 17"));
}

TEST_P(TrainerTest, RefusesASingleClass) {
  const TestProblem problem = MakeBlobs({.classes = 1});
  EXPECT_EQ(TrainHead(OfKind(GetParam()), problem.data(), 1, {}).status().code(),
            StatusCode::kBadData);
}

TEST_P(TrainerTest, RefusesABadConfigurationBeforeAnyWork) {
  HeadConfig config = OfKind(GetParam());
  config.logistic_regression.c_values = {-1.0};
  config.mlp.dropout = 2.0;
  EXPECT_EQ(TrainHead(config, MakeBlobs({}).data(), 1, {}).status().code(), StatusCode::kBadData);
}

TEST(ValidateTest, CountsAndPricesTheHeldOutRows) {
  // The head says class 1 with probability 3/4 whatever the features.
  const Head head{{{1, 2, {0.0F, 0.0F}, {0.0F, std::log(3.0F)}}}};
  TestProblem problem;
  problem.width = 1;
  problem.classes = 2;
  problem.features.assign(2500, 1.0F);
  problem.labels.assign(2500, 1);
  for (size_t row = 0; row < 500; ++row) problem.labels[row] = 0;
  problem.HoldOut(1);
  const auto metrics = Validate(head, problem.data());
  ASSERT_TRUE(metrics.ok());
  EXPECT_EQ(metrics->rows, 2500U);
  EXPECT_DOUBLE_EQ(metrics->accuracy, 0.8);
  EXPECT_NEAR(metrics->log_loss, -0.8 * std::log(0.75) - 0.2 * std::log(0.25), 1e-6);
}

TEST(HeldOutRowsTest, GroupsThousands) {
  EXPECT_EQ(HeldOutRows(1), "1 held-out row");
  EXPECT_EQ(HeldOutRows(999), "999 held-out rows");
  EXPECT_EQ(HeldOutRows(1000), "1,000 held-out rows");
  EXPECT_EQ(HeldOutRows(1234567), "1,234,567 held-out rows");
}

}  // namespace
}  // namespace llmembed::head
