#include "head/logistic_regression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/json.h"
#include "head/logistic_objective.h"
#include "head/test_problem.h"
#include "head/trainer.h"

namespace llmembed::head {
namespace {

using testing::HasSubstr;

HeadConfig FixedC(double c) {
  HeadConfig config;
  config.logistic_regression.c_values = {c};
  return config;
}

Result<TrainedHead> Train(const HeadConfig& config, const TestProblem& problem) {
  return TrainHead(config, problem.data(), 1, {});
}

double Accuracy(const Head& head, const TestProblem& problem) {
  const auto logits = head.Logits(problem.features);
  if (!logits.ok()) return -1.0;
  double correct = 0.0;
  for (size_t row = 0; row < problem.labels.size(); ++row) {
    const auto scores = std::span(*logits).subspan(row * problem.classes, problem.classes);
    correct += LargestScore(scores) == problem.labels[row] ? 1.0 : 0.0;
  }
  return correct / static_cast<double>(problem.labels.size());
}

TEST(LogisticObjectiveTest, GradientEqualsDifferenceQuotients) {
  for (const uint32_t classes : {2U, 4U}) {
    TestProblem problem = MakeBlobs({.rows = 120, .width = 6, .classes = classes});
    for (size_t i = 0; i < problem.features.size(); i += 6) problem.features[i] += 20.0F;
    problem.HoldOut(5);
    const Standardizer standardizer = FitStandardizer(problem.data());
    base::ThreadPool pool(2);
    LogisticObjective objective(
        problem.data(), standardizer,
        RowWeights(problem.data(), problem.fit_rows, ClassWeighting::kBalanced), &pool, nullptr);
    objective.set_c(0.05);

    base::Random random(4);
    std::vector<double> x(objective.parameter_count());
    for (double& value : x) value = 0.5 * random.Normal();
    std::vector<double> gradient(x.size());
    std::vector<double> unused(x.size());
    ASSERT_TRUE(objective.Evaluate(x, gradient).ok());
    for (size_t i = 0; i < x.size(); ++i) {
      std::vector<double> moved = x;
      moved[i] = x[i] + 0.01;
      const auto up = objective.Evaluate(moved, unused);
      moved[i] = x[i] - 0.01;
      const auto down = objective.Evaluate(moved, unused);
      ASSERT_TRUE(up.ok() && down.ok());
      EXPECT_NEAR(gradient[i], (*up - *down) / 0.02, 2e-4) << classes << " classes, entry " << i;
    }
  }
}

TEST(LogisticRegressionTest, GivesScikitLearnsProbabilities) {
  const auto golden = base::ReadJsonFile(std::string(LLMEMBED_SOURCE_DIR) +
                                         "/src/llmembed/head/testdata/logistic_golden.json");
  ASSERT_TRUE(golden.ok()) << golden.status().message();
  for (const auto& wanted : (*golden)["cases"]) {
    SCOPED_TRACE(wanted["name"].get<std::string>());
    TestProblem problem;
    problem.features = wanted["features"].get<std::vector<float>>();
    problem.labels = wanted["labels"].get<std::vector<uint32_t>>();
    problem.width = wanted["width"];
    problem.classes = wanted["classes"];
    problem.HoldOut(0);
    HeadConfig config = FixedC(wanted["c"]);
    config.logistic_regression.gradient_tolerance = 1e-6;
    if (wanted["balanced"]) config.class_weighting = ClassWeighting::kBalanced;

    const auto trained = Train(config, problem);
    ASSERT_TRUE(trained.ok()) << trained.status().message();
    const auto probabilities = trained->head.Probabilities(problem.features);
    ASSERT_TRUE(probabilities.ok());
    const auto expected = wanted["probabilities"].get<std::vector<double>>();
    ASSERT_EQ(probabilities->size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR((*probabilities)[i], expected[i], 1e-3) << i;
    }
  }
}

// One feature, -1 or 1, with 3 of 4 rows on its label's side. By symmetry the bias is 0; the
// weight is where the derivative of C n softplus + w^2 / 2 vanishes: sigmoid(w) = 3/4 - w / (C n).
TEST(LogisticRegressionTest, SolvesAProblemWithAKnownAnswer) {
  TestProblem problem;
  problem.width = 1;
  problem.classes = 2;
  for (int i = 0; i < 25; ++i) {
    for (const uint32_t label : {0U, 1U}) {
      const float side = label == 1 ? 1.0F : -1.0F;
      for (const float sign : {1.0F, 1.0F, 1.0F, -1.0F}) {
        problem.features.push_back(side * sign);
        problem.labels.push_back(label);
      }
    }
  }
  problem.HoldOut(0);
  const double c = 0.01;
  double w = 0.0;  // by bisection
  for (double low = 0.0, high = 5.0; high - low > 1e-12;) {
    w = 0.5 * (low + high);
    (1.0 / (1.0 + std::exp(-w)) + w / (c * 200.0) < 0.75 ? low : high) = w;
  }
  HeadConfig config = FixedC(c);
  config.logistic_regression.gradient_tolerance = 1e-7;
  const auto trained = Train(config, problem);
  ASSERT_TRUE(trained.ok());
  const auto logits = trained->head.Logits(std::vector<float>{1.0F});
  ASSERT_TRUE(logits.ok());
  EXPECT_NEAR((*logits)[1] - (*logits)[0], w, 1e-5);
  EXPECT_FLOAT_EQ((*logits)[0], -(*logits)[1]);
}

TEST(LogisticRegressionTest, ChoosesCOnTheHeldOutRowsAndFitsAgainOnAll) {
  TestProblem problem = MakeBlobs({.rows = 300, .width = 40, .classes = 3, .spread = 4.0});
  problem.HoldOut(4);
  const auto trained = Train({}, problem);
  ASSERT_TRUE(trained.ok()) << trained.status().message();
  const size_t tried = trained->log.size() - 1;
  ValidationMetrics best;
  double best_c = 0.0;
  size_t behind_best = 0;
  for (size_t i = 0; i < tried; ++i) {
    const TrainingLogEntry& entry = trained->log[i];
    EXPECT_EQ(entry.validation.rows, 75U);
    EXPECT_TRUE(entry.converged);
    if (best_c == 0.0 || IsBetter(entry.validation, best)) {
      best = entry.validation;
      best_c = entry.c;
      behind_best = 0;
    } else {
      ++behind_best;
    }
  }
  EXPECT_LT(tried, LogisticRegressionConfig().c_values.size());
  EXPECT_EQ(behind_best, 3U) << "three in a row that are worse end it";
  EXPECT_EQ(trained->log.back().c, best_c);
  EXPECT_EQ(trained->validation.accuracy, best.accuracy);
  EXPECT_EQ(trained->log.back().validation.rows, 0U);
  EXPECT_THAT(trained->description, HasSubstr("chosen on 75 held-out rows"));

  // The final fit is the one of that C on all rows.
  problem.HoldOut(0);
  const auto direct = Train(FixedC(best_c), problem);
  ASSERT_TRUE(direct.ok());
  EXPECT_NEAR(trained->log.back().training_loss, direct->log.back().training_loss, 1e-4);
}

TEST(LogisticRegressionTest, HeldOutRowsDoNotTouchTheFitsBeforeTheLast) {
  TestProblem problem = MakeBlobs({.rows = 200, .spread = 2.0});
  problem.HoldOut(5);
  TestProblem other = problem;
  for (const uint32_t row : other.validation_rows) other.labels[row] = (other.labels[row] + 1) % 3;
  const auto one = Train(FixedC(1.0), problem);
  const auto two = Train(FixedC(1.0), other);
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_EQ(one->log[0].training_loss, two->log[0].training_loss);
  EXPECT_NE(one->log[1].training_loss, two->log[1].training_loss);
}

TEST(LogisticRegressionTest, IsTheSameBitForBitOnAnyNumberOfThreads) {
  for (const uint32_t classes : {2U, 5U}) {
    TestProblem problem =
        MakeBlobs({.rows = 9000, .width = 133, .classes = classes, .spread = 3.0});
    problem.HoldOut(7);
    RunContext context;
    context.threads = 1;
    const auto one = TrainHead({}, problem.data(), 1, context);
    context.threads = 3;
    const auto other = TrainHead({}, problem.data(), 1, context);
    ASSERT_TRUE(one.ok() && other.ok());
    EXPECT_EQ(one->head.layers[0].weight, other->head.layers[0].weight);
    EXPECT_EQ(one->head.layers[0].bias, other->head.layers[0].bias);
  }
}

TEST(LogisticRegressionTest, RowsThatAreNotListedTakeNoPart) {
  TestProblem problem = MakeBlobs({.rows = 200, .spread = 2.0});
  problem.HoldOut(5);
  TestProblem larger = problem;
  for (int i = 0; i < 50; ++i) {
    larger.features.insert(larger.features.end(), problem.width, 1000.0F);
    larger.labels.push_back(1);
  }
  const auto one = Train({}, problem);
  const auto other = Train({}, larger);
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_EQ(one->validation.log_loss, other->validation.log_loss);
  for (size_t i = 0; i < one->head.layers[0].weight.size(); ++i) {
    EXPECT_NEAR(one->head.layers[0].weight[i], other->head.layers[0].weight[i], 1e-6);
  }
}

TEST(LogisticRegressionTest, BalancedWeightsHelpTheRareClass) {
  TestProblem problem = MakeBlobs({.rows = 1000, .width = 2, .classes = 2, .spread = 1.5});
  size_t kept = 0;
  for (size_t row = 0; row < 1000; ++row) {
    if (problem.labels[row] == 1 && row % 20 != 1) continue;
    std::copy_n(problem.features.begin() + static_cast<int64_t>(row * 2), 2,
                problem.features.begin() + static_cast<int64_t>(kept * 2));
    problem.labels[kept++] = problem.labels[row];
  }
  problem.features.resize(kept * 2);
  problem.labels.resize(kept);
  problem.HoldOut(0);

  HeadConfig config = FixedC(1.0);
  const auto recall = [&] {
    const auto trained = Train(config, problem);
    const auto logits = trained->head.Logits(problem.features);
    double hits = 0.0;
    for (size_t row = 0; row < kept; ++row) {
      const bool is_positive = (*logits)[2 * row + 1] > (*logits)[2 * row];
      hits += is_positive && problem.labels[row] == 1 ? 1.0 : 0.0;
    }
    return hits;
  };
  const double plain = recall();
  config.class_weighting = ClassWeighting::kBalanced;
  EXPECT_GT(recall(), plain + 5.0);
}

TEST(LogisticRegressionTest, EndsOnSeparableDataWithHardlyAnyPenalty) {
  const TestProblem problem = MakeBlobs({.rows = 60, .width = 50, .classes = 4, .spread = 0.1});
  const auto trained = Train(FixedC(1e10), problem);
  ASSERT_TRUE(trained.ok());
  EXPECT_TRUE(trained->converged);
  EXPECT_EQ(Accuracy(trained->head, problem), 1.0);
}

TEST(LogisticRegressionTest, LearnsFromFewerRowsThanClasses) {
  TestProblem problem = MakeBlobs({.rows = 3, .width = 4, .classes = 10});
  const auto trained = Train(FixedC(1.0), problem);
  ASSERT_TRUE(trained.ok());
  EXPECT_EQ(trained->head.classes(), 10U);
  EXPECT_EQ(Accuracy(trained->head, problem), 1.0);
}

TEST(LogisticRegressionTest, BearsAClassWhoseOnlyRowIsHeldOut) {
  TestProblem problem = MakeBlobs({.rows = 40, .classes = 2});
  problem.classes = 3;
  problem.labels[0] = 2;
  problem.HoldOut(8);
  EXPECT_TRUE(Train({}, problem).ok());
}

TEST(LogisticRegressionTest, GivesConstantFeaturesNoWeight) {
  TestProblem problem = MakeBlobs({.rows = 100, .width = 3, .classes = 2});
  for (size_t i = 1; i < problem.features.size(); i += 3) problem.features[i] = 12.5F;
  const auto trained = Train(FixedC(1.0), problem);
  ASSERT_TRUE(trained.ok());
  const auto& weight = trained->head.layers[0].weight;
  EXPECT_EQ(weight[1], 0.0F);
  EXPECT_EQ(weight[4], 0.0F);
  EXPECT_NE(weight[0], 0.0F);
}

TEST(LogisticRegressionTest, PredictsTheSharesWhenNoFeatureVaries) {
  TestProblem problem = MakeBlobs({.rows = 100, .width = 2, .classes = 2});
  std::fill(problem.features.begin(), problem.features.end(), 3.0F);
  for (size_t row = 0; row < 100; ++row) problem.labels[row] = row < 30 ? 1 : 0;
  HeadConfig config = FixedC(1.0);
  config.logistic_regression.gradient_tolerance = 1e-7;
  const auto trained = Train(config, problem);
  ASSERT_TRUE(trained.ok());
  const auto probabilities = trained->head.Probabilities(std::vector<float>{3.0F, 3.0F});
  ASSERT_TRUE(probabilities.ok());
  EXPECT_NEAR((*probabilities)[1], 0.3, 1e-5);
}

TEST(LogisticRegressionTest, DuplicatedRowsActLikeDoubledC) {
  const TestProblem once = MakeBlobs({.rows = 80, .spread = 2.0});
  TestProblem twice = once;
  twice.features.insert(twice.features.end(), once.features.begin(), once.features.end());
  twice.labels.insert(twice.labels.end(), once.labels.begin(), once.labels.end());
  twice.HoldOut(0);
  HeadConfig doubled = FixedC(0.2);
  HeadConfig plain = FixedC(0.1);
  doubled.logistic_regression.gradient_tolerance = 1e-6;
  plain.logistic_regression.gradient_tolerance = 1e-6;
  const auto a = Train(doubled, once);
  const auto b = Train(plain, twice);
  ASSERT_TRUE(a.ok() && b.ok());
  for (size_t i = 0; i < a->head.layers[0].weight.size(); ++i) {
    EXPECT_NEAR(a->head.layers[0].weight[i], b->head.layers[0].weight[i], 1e-4);
  }
}

TEST(LogisticRegressionTest, SaysWhenItDidNotConverge) {
  HeadConfig config = FixedC(100.0);
  config.logistic_regression.max_iterations = 2;
  const auto trained = Train(config, MakeBlobs({.spread = 2.0}));
  ASSERT_TRUE(trained.ok());
  EXPECT_FALSE(trained->converged);
  EXPECT_EQ(trained->description, "logistic regression, C = 100, not converged after 2 iterations");
}

TEST(LogisticRegressionTest, TakesCOneWhenNothingIsHeldOut) {
  const auto trained = Train({}, MakeBlobs({}));
  ASSERT_TRUE(trained.ok());
  ASSERT_EQ(trained->log.size(), 1U);
  EXPECT_EQ(trained->log[0].c, 1.0);
  EXPECT_EQ(trained->validation.rows, 0U);
  EXPECT_EQ(trained->description, "logistic regression, C = 1 (no held-out rows to choose it on)");
}

TEST(LogisticRegressionTest, RefusesFeaturesThatOverflow) {
  TestProblem problem = MakeBlobs({.rows = 2000, .classes = 2});
  for (float& value : problem.features) value = value > 0 ? 3e38F : -3e38F;
  const auto trained = Train(FixedC(1.0), problem);
  EXPECT_EQ(trained.status().code(), StatusCode::kBadData);
}

}  // namespace
}  // namespace llmembed::head
