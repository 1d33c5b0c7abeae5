#include "eval/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/json.h"

namespace llmembed::eval {
namespace {

// Made by tools/make_head_goldens.py.
Result<base::Json> ReadGolden() {
  return base::ReadJsonFile(std::string(LLMEMBED_SOURCE_DIR) +
                            "/src/llmembed/eval/testdata/metrics_golden.json");
}

TEST(MetricsTest, EqualsScikitLearn) {
  const auto golden = ReadGolden();
  ASSERT_TRUE(golden.ok()) << golden.status().message();
  for (const auto& wanted : (*golden)["cases"]) {
    SCOPED_TRACE(wanted["name"].get<std::string>());
    const auto labels = wanted["labels"].get<std::vector<std::string>>();
    const auto truth = wanted["truth"].get<std::vector<uint32_t>>();
    const auto predicted = wanted["predicted"].get<std::vector<uint32_t>>();
    const auto probabilities = wanted["probabilities"].get<std::vector<float>>();
    const auto report = ComputeMetrics({labels, labels.size(), truth, predicted, probabilities});
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_EQ(report->n, truth.size());
    EXPECT_NEAR(report->accuracy, wanted["accuracy"], 1e-12);
    EXPECT_NEAR(report->macro_f1, wanted["macro_f1"], 1e-12);
    EXPECT_NEAR(report->log_loss, wanted["log_loss"], 1e-6);
    EXPECT_EQ(report->confusion, wanted["confusion"].get<std::vector<std::vector<uint64_t>>>());
    for (size_t i = 0; i < labels.size(); ++i) {
      EXPECT_EQ(report->classes[i].label, labels[i]);
      EXPECT_EQ(report->classes[i].support, wanted["support"][i]);
      EXPECT_NEAR(report->classes[i].precision, wanted["precision"][i], 1e-8);
      EXPECT_NEAR(report->classes[i].recall, wanted["recall"][i], 1e-8);
      EXPECT_NEAR(report->classes[i].f1, wanted["f1"][i], 1e-8);
    }
  }
}

TEST(MetricsTest, CountsUnknownLabelsAsWrong) {
  const std::vector<std::string> labels = {"a", "b", "new"};
  const std::vector<uint32_t> truth = {0, 1, 2, 2};
  const std::vector<uint32_t> predicted = {0, 1, 0, 1};
  const std::vector<float> probabilities = {1, 0, 0, 1, 1, 0, 0, 1};
  const auto report = ComputeMetrics({labels, 2, truth, predicted, probabilities});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->correct, 2U);
  EXPECT_DOUBLE_EQ(report->accuracy, 0.5);
  EXPECT_EQ(report->classes[2].support, 2U);
  EXPECT_EQ(report->classes[2].predicted, 0U);
  // a: precision 1/2, recall 1, F1 2/3; b the same; new: 0.
  EXPECT_NEAR(report->macro_f1, 4.0 / 9.0, 1e-12);
  EXPECT_EQ(report->confusion[2], (std::vector<uint64_t>{1, 1, 0}));
  EXPECT_NEAR(report->log_loss, 2.0 * 23.0 * std::log(2.0) / 4.0, 1e-6);
}

TEST(MetricsTest, LeavesAbsentClassesOutOfMacroF1) {
  const std::vector<std::string> labels = {"a", "b", "c"};
  const std::vector<uint32_t> truth = {0, 1};
  const std::vector<float> probabilities(6, 1.0F / 3.0F);
  const auto report = ComputeMetrics({labels, 3, truth, truth, probabilities});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->macro_f1, 1.0);
  EXPECT_EQ(report->classes[2].f1, 0.0);
  EXPECT_NEAR(report->log_loss, std::log(3.0), 1e-6);
}

TEST(MetricsTest, IsAllZerosWithoutRows) {
  const std::vector<std::string> labels = {"a", "b"};
  const auto report = ComputeMetrics({labels, 2, {}, {}, {}});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->n, 0U);
  EXPECT_EQ(report->accuracy, 0.0);
  EXPECT_EQ(report->log_loss, 0.0);
  EXPECT_EQ(report->classes.size(), 2U);
}

TEST(MetricsTest, RefusesPartsThatDoNotFitTogether) {
  const std::vector<std::string> labels = {"a", "b", "new"};
  const std::vector<uint32_t> one = {1};
  const std::vector<uint32_t> unknown = {2};
  const std::vector<uint32_t> beyond = {3};
  const std::vector<float> probabilities = {0.5F, 0.5F};
  const auto code = [&](const Predictions& predictions) {
    return ComputeMetrics(predictions).status().code();
  };
  EXPECT_EQ(code({labels, 2, one, one, probabilities}), StatusCode::kOk);
  EXPECT_EQ(code({labels, 2, unknown, one, probabilities}), StatusCode::kOk);
  EXPECT_EQ(code({labels, 2, one, unknown, probabilities}), StatusCode::kInternal);
  EXPECT_EQ(code({labels, 2, beyond, one, probabilities}), StatusCode::kInternal);
  EXPECT_EQ(code({labels, 2, one, {}, probabilities}), StatusCode::kInternal);
  EXPECT_EQ(code({labels, 3, one, one, probabilities}), StatusCode::kInternal);
  EXPECT_EQ(code({labels, 0, {}, {}, {}}), StatusCode::kInternal);
  EXPECT_EQ(code({labels, 4, {}, {}, {}}), StatusCode::kInternal);
}

TEST(WilsonIntervalTest, EqualsSciPy) {
  const auto golden = ReadGolden();
  ASSERT_TRUE(golden.ok()) << golden.status().message();
  for (const auto& wanted : (*golden)["wilson"]) {
    const Interval interval = WilsonInterval(wanted["correct"], wanted["total"]);
    EXPECT_NEAR(interval.low, wanted["low"], 1e-9) << wanted;
    EXPECT_NEAR(interval.high, wanted["high"], 1e-9) << wanted;
  }
}

TEST(WilsonIntervalTest, IsExactAtItsEnds) {
  EXPECT_EQ(WilsonInterval(0, 10).low, 0.0);
  EXPECT_EQ(WilsonInterval(10, 10).high, 1.0);
  EXPECT_EQ(WilsonInterval(0, 0).low, 0.0);
  EXPECT_EQ(WilsonInterval(0, 0).high, 0.0);
}

}  // namespace
}  // namespace llmembed::eval
