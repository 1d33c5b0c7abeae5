#include "head/mlp_trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "head/test_problem.h"
#include "head/trainer.h"

namespace llmembed::head {
namespace {

using testing::HasSubstr;

HeadConfig SmallMlp() {
  HeadConfig config;
  config.kind = HeadKind::kMlp;
  config.mlp.hidden_sizes = {16};
  config.mlp.batch_size = 32;
  config.mlp.learning_rate = 0.01;
  config.mlp.max_epochs = 40;
  return config;
}

TEST(MlpTrainerTest, LearnsWhatALinearHeadCannot) {
  TestProblem problem = MakeExclusiveOr(600, 2);
  problem.HoldOut(4);
  const auto mlp = TrainHead(SmallMlp(), problem.data(), 1, {});
  const auto linear = TrainHead({}, problem.data(), 1, {});
  ASSERT_TRUE(mlp.ok() && linear.ok());
  EXPECT_GT(mlp->validation.accuracy, 0.93);
  EXPECT_LT(linear->validation.accuracy, 0.7);
}

TEST(MlpTrainerTest, ExportedHeadTakesRawFeatures) {
  TestProblem problem = MakeExclusiveOr(600, 2);
  for (float& value : problem.features) value = value * 40.0F + 100.0F;
  problem.HoldOut(4);
  const auto trained = TrainHead(SmallMlp(), problem.data(), 1, {});
  ASSERT_TRUE(trained.ok());
  const auto validation = Validate(trained->head, problem.data());
  ASSERT_TRUE(validation.ok());
  EXPECT_EQ(validation->accuracy, trained->validation.accuracy);
  EXPECT_GT(validation->accuracy, 0.93);
}

TEST(MlpTrainerTest, SeedDecidesEveryBit) {
  TestProblem problem = MakeBlobs({.spread = 2.0});
  problem.HoldOut(5);
  const auto one = TrainHead(SmallMlp(), problem.data(), 7, {});
  const auto same = TrainHead(SmallMlp(), problem.data(), 7, {});
  const auto other = TrainHead(SmallMlp(), problem.data(), 8, {});
  ASSERT_TRUE(one.ok() && same.ok() && other.ok());
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(one->head.layers[i].weight, same->head.layers[i].weight);
    EXPECT_NE(one->head.layers[i].weight, other->head.layers[i].weight);
  }
}

TEST(MlpTrainerTest, StopsEarlyAndGivesTheBestEpochBack) {
  // Labels by chance: more epochs only memorise.
  TestProblem problem = MakeBlobs({.rows = 120, .width = 20, .classes = 2, .spread = 50.0});
  problem.HoldOut(3);
  HeadConfig config = SmallMlp();
  config.mlp.max_epochs = 500;
  config.mlp.patience = 8;
  const auto trained = TrainHead(config, problem.data(), 1, {});
  ASSERT_TRUE(trained.ok());
  ASSERT_LT(trained->log.size(), 500U);
  size_t best = 0;
  for (size_t i = 1; i < trained->log.size(); ++i) {
    if (IsBetter(trained->log[i].validation, trained->log[best].validation)) best = i;
  }
  EXPECT_EQ(trained->log.size(), best + 1 + 8);
  const auto validation = Validate(trained->head, problem.data());
  ASSERT_TRUE(validation.ok());
  // The exported head has the standardisation inside, which rounds a little differently.
  EXPECT_NEAR(validation->log_loss, trained->log[best].validation.log_loss, 1e-5);
  EXPECT_GT(trained->log.back().validation.log_loss, validation->log_loss + 1e-3);
  EXPECT_THAT(trained->description,
              HasSubstr("MLP 20-16-2, epoch " + std::to_string(best + 1) + " of "));
}

TEST(MlpTrainerTest, TakesTheLastEpochWhenNothingIsHeldOut) {
  HeadConfig config = SmallMlp();
  config.mlp.max_epochs = 12;
  config.mlp.patience = 2;
  const auto trained = TrainHead(config, MakeBlobs({}).data(), 1, {});
  ASSERT_TRUE(trained.ok());
  EXPECT_EQ(trained->log.size(), 12U);
  EXPECT_EQ(trained->description, "MLP 5-16-3, epoch 12 of 12");
}

TEST(MlpTrainerTest, WithoutHiddenLayersComesNearLogisticRegression) {
  TestProblem problem = MakeBlobs({.rows = 400, .spread = 1.5});
  problem.HoldOut(4);
  HeadConfig config = SmallMlp();
  config.mlp.hidden_sizes.clear();
  config.mlp.weight_decay = 0.0;
  config.mlp.max_epochs = 100;
  config.mlp.patience = 0;
  const auto mlp = TrainHead(config, problem.data(), 1, {});
  HeadConfig logistic;
  logistic.logistic_regression.c_values = {1000.0};
  const auto exact = TrainHead(logistic, problem.data(), 1, {});
  ASSERT_TRUE(mlp.ok() && exact.ok());
  EXPECT_NEAR(mlp->log.back().training_loss, exact->log.front().training_loss, 0.01);
}

TEST(MlpTrainerTest, BatchesLargerThanTheDataAreOneBatch) {
  HeadConfig config = SmallMlp();
  config.mlp.batch_size = 1 << 20;
  config.mlp.max_epochs = 3;
  const auto trained = TrainHead(config, MakeBlobs({.rows = 10}).data(), 1, {});
  ASSERT_TRUE(trained.ok());
  EXPECT_EQ(trained->log[0].iterations, 1U);
}

TEST(MlpTrainerTest, SaysWhenTheLossIsNoNumber) {
  HeadConfig config = SmallMlp();
  config.mlp.learning_rate = 100.0;
  config.mlp.weight_decay = 100.0;  // each step multiplies the weights by 1 - 10,000
  config.mlp.schedule = LearningRateSchedule::kConstant;
  config.mlp.warmup_share = 0.0;
  const auto trained = TrainHead(config, MakeBlobs({}).data(), 1, {});
  EXPECT_EQ(trained.status().code(), StatusCode::kBadData);
  EXPECT_THAT(trained.status().message(), HasSubstr("smaller learning rate"));
}

}  // namespace
}  // namespace llmembed::head
