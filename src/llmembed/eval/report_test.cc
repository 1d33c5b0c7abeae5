#include "eval/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "eval/metrics.h"

namespace llmembed::eval {
namespace {

using testing::HasSubstr;
using testing::Not;

EvaluationReport SomeReport(std::vector<std::string> labels) {
  std::vector<uint32_t> truth;
  std::vector<uint32_t> predicted;
  const auto classes = static_cast<uint32_t>(labels.size());
  for (uint32_t row = 0; row < 10 * classes; ++row) {
    truth.push_back(row % classes);
    predicted.push_back(row < 2 ? 0 : row % classes);  // one row of class 1 is taken for class 0
  }
  const std::vector<float> probabilities(truth.size() * classes, 1.0F / 4.0F);
  return *ComputeMetrics({labels, classes, truth, predicted, probabilities});
}

TEST(ReportJsonTest, HoldsEveryFigureInOrder) {
  EvaluationReport report = SomeReport({"no", "yes"});
  report.issues.push_back({"empty_text", "skipped", "a.tsv", 2, {4, 9}});
  report.extraction.texts = 20;
  report.extraction.compute_type = "bf16";
  const auto json = base::ParseJson(ReportToJsonText(report), "report");
  ASSERT_TRUE(json.ok()) << json.status().message();
  EXPECT_EQ((*json)["n"], 20);
  EXPECT_EQ((*json)["correct"], 19);
  EXPECT_EQ((*json)["accuracy"], 0.95);
  EXPECT_EQ((*json)["accuracy_interval"][0], report.accuracy_low);
  EXPECT_EQ((*json)["accuracy_interval"][1], report.accuracy_high);
  EXPECT_EQ((*json)["macro_f1"], report.macro_f1);
  EXPECT_EQ((*json)["log_loss"], report.log_loss);
  EXPECT_EQ((*json)["classes"][1]["label"], "yes");
  EXPECT_EQ((*json)["classes"][1]["support"], 10);
  EXPECT_EQ((*json)["classes"][1]["predicted"], 9);
  EXPECT_EQ((*json)["classes"][1]["recall"], 0.9);
  EXPECT_EQ((*json)["confusion"]["labels"], base::Json({"no", "yes"}));
  EXPECT_EQ((*json)["confusion"]["matrix"], base::Json({{10, 0}, {1, 9}}));
  EXPECT_EQ((*json)["issues"][0]["path"], "a.tsv");
  EXPECT_EQ((*json)["issues"][0]["lines"], base::Json({4, 9}));
  EXPECT_EQ((*json)["extraction"]["texts"], 20);
  EXPECT_EQ((*json)["extraction"]["compute_type"], "bf16");

  const nlohmann::ordered_json ordered = ReportToJson(report);
  std::vector<std::string> keys;
  for (const auto& [key, value] : ordered.items()) keys.push_back(key);
  EXPECT_EQ(keys,
            (std::vector<std::string>{"n", "correct", "accuracy", "accuracy_interval", "macro_f1",
                                      "log_loss", "classes", "confusion", "issues", "extraction"}));
}

TEST(ReportJsonTest, ReplacesLabelsThatAreNotUtf8) {
  const std::string text = ReportToJsonText(SomeReport({"a\xFF", "b"}));
  EXPECT_THAT(text, HasSubstr("a\xEF\xBF\xBD"));
}

TEST(ReportJsonTest, IsWholeWithoutClasses) {
  const auto json = base::ParseJson(ReportToJsonText({}), "report");
  ASSERT_TRUE(json.ok());
  EXPECT_TRUE((*json)["classes"].is_array());
  EXPECT_TRUE((*json)["confusion"]["matrix"].is_array());
}

TEST(ReportTextTest, ShowsFiguresClassesAndTheMatrix) {
  EXPECT_EQ(ReportToText(SomeReport({"no", "yes"})),
            "texts            20\n"
            "correct          19\n"
            "accuracy     0.9500\n"
            "  95 % from  0.7639\n"
            "  95 % to    0.9911\n"
            "macro-F1     0.9499\n"
            "log-loss     1.3863\n"
            "\n"
            "label  texts  predicted  precision  recall      F1\n"
            "no        10         11     0.9091  1.0000  0.9524\n"
            "yes       10          9     1.0000  0.9000  0.9474\n"
            "\n"
            "true \\ predicted  no  yes\n"
            "no                10    .\n"
            "yes                1    9\n");
}

TEST(ReportTextTest, ShowsOnlyTheTopConfusionsOfManyClasses) {
  std::vector<std::string> labels;
  for (int i = 0; i < 13; ++i) labels.push_back("class" + std::to_string(i));
  const std::string text = ReportToText(SomeReport(labels));
  EXPECT_THAT(text, Not(HasSubstr("true \\ predicted")));
  EXPECT_THAT(text, HasSubstr("true label  taken for  texts\n"
                              "class1         class0      1\n"));
}

TEST(ReportTextTest, SaysWhenNothingWasConfused) {
  std::vector<std::string> labels(13, "x");
  EvaluationReport report = SomeReport(labels);
  report.confusion[1][0] = 0;
  EXPECT_THAT(ReportToText(report), HasSubstr("no text was taken for another label"));
}

TEST(ReportTextTest, KeepsTerminalControlsOut) {
  const std::string text = ReportToText(SomeReport({"\x1B[31mred", "two\nlines"}));
  EXPECT_EQ(text.find('\x1B'), std::string::npos);
  EXPECT_THAT(text, HasSubstr("two\xEF\xBF\xBDlines"));
}

}  // namespace
}  // namespace llmembed::eval
