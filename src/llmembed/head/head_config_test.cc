#include "head/head_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace llmembed::head {
namespace {

using testing::HasSubstr;

struct BadSetting {
  HeadKind kind;
  const char* named;
  std::function<void(HeadConfig*)> spoil;
};

TEST(HeadConfigTest, DefaultsAreValid) {
  HeadConfig config;
  EXPECT_TRUE(ValidateHeadConfig(config).ok());
  config.kind = HeadKind::kMlp;
  EXPECT_TRUE(ValidateHeadConfig(config).ok());
  config.mlp.hidden_sizes.clear();
  EXPECT_TRUE(ValidateHeadConfig(config).ok());
}

TEST(HeadConfigTest, NamesTheSettingThatIsOutOfRange) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto logistic = HeadKind::kLogisticRegression;
  const auto mlp = HeadKind::kMlp;
  const std::vector<BadSetting> cases = {
      {logistic, "values of C", [](auto* c) { c->logistic_regression.c_values.clear(); }},
      {logistic, "values of C", [](auto* c) { c->logistic_regression.c_values.assign(101, 1.0); }},
      {logistic, "C is 0",
       [](auto* c) {
         c->logistic_regression.c_values = {0.0, 1.0};
       }},
      {logistic, "C is nan", [=](auto* c) { c->logistic_regression.c_values = {nan}; }},
      {logistic, "ascend",
       [](auto* c) {
         c->logistic_regression.c_values = {1.0, 1.0};
       }},
      {logistic, "max_iterations", [](auto* c) { c->logistic_regression.max_iterations = 0; }},
      {logistic, "gradient_tolerance",
       [](auto* c) { c->logistic_regression.gradient_tolerance = 0.0; }},
      {mlp, "hidden layers", [](auto* c) { c->mlp.hidden_sizes.assign(17, 4); }},
      {mlp, "hidden size",
       [](auto* c) {
         c->mlp.hidden_sizes = {8, 0};
       }},
      {mlp, "dropout", [](auto* c) { c->mlp.dropout = 1.0; }},
      {mlp, "max_epochs", [](auto* c) { c->mlp.max_epochs = 0; }},
      {mlp, "batch_size", [](auto* c) { c->mlp.batch_size = 0; }},
      {mlp, "learning_rate", [=](auto* c) { c->mlp.learning_rate = nan; }},
      {mlp, "warmup_share", [](auto* c) { c->mlp.warmup_share = -0.1; }},
      {mlp, "weight_decay", [](auto* c) { c->mlp.weight_decay = -1.0; }},
      {mlp, "label_smoothing", [](auto* c) { c->mlp.label_smoothing = 1.0; }},
  };
  for (const BadSetting& bad : cases) {
    HeadConfig config;
    config.kind = bad.kind;
    bad.spoil(&config);
    const Status status = ValidateHeadConfig(config);
    EXPECT_EQ(status.code(), StatusCode::kBadData) << bad.named;
    EXPECT_THAT(status.message(), HasSubstr(bad.named));
  }
}

TEST(HeadConfigTest, LooksOnlyAtTheSectionOfItsKind) {
  HeadConfig config;
  config.mlp.batch_size = 0;
  EXPECT_TRUE(ValidateHeadConfig(config).ok());
}

}  // namespace
}  // namespace llmembed::head
