#include "data/labelled_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/test_support.h"

namespace llmembed::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LabelledDatasetTest : public ::testing::Test {
 protected:
  LabelledDatasetTest() : issues_("data") {}

  Result<LabelledDataset> LoadTraining(std::string_view contents) {
    source_.path = folder_.Write("train.tsv", contents);
    return LabelledDataset::LoadTraining(source_, context_, &issues_);
  }

  Result<LabelledDataset> LoadEvaluation(std::string_view contents,
                                         const std::vector<std::string>& known) {
    source_.path = folder_.Write("test.tsv", contents);
    return LabelledDataset::LoadEvaluation(source_, known, context_, &issues_);
  }

  TemporaryFolder folder_;
  DataSource source_;
  RunContext context_;
  IssueLog issues_;
};

TEST_F(LabelledDatasetTest, LabelsAreSortedByTheirBytes) {
  const auto set = LoadTraining("b\tone\n\xC3\xA9\ttwo\nB\tthree\nb\tfour\n10\tfive\n9\tsix\n");
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_THAT(set->label_names(), ElementsAre("10", "9", "B", "b", "\xC3\xA9"));
  EXPECT_THAT(set->labels(), ElementsAre(3, 4, 2, 3, 0, 1));
  EXPECT_THAT(set->texts(), ElementsAre("one", "two", "three", "four", "five", "six"));
  EXPECT_THAT(set->lines(), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(set->first_rows(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(issues_.Issues(), IsEmpty());
}

TEST_F(LabelledDatasetTest, TrainingLeavesOutAndReports) {
  const auto set = LoadTraining("a\tone\nb\t \n \ttwo\n\t\nb\tthree\na\tone\nb\tone\n\nb\tthree\n");
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_THAT(set->texts(), ElementsAre("one", "three", "one", "one", "three"));
  EXPECT_THAT(set->first_rows(), ElementsAre(0, 1, 0, 0, 1));
  EXPECT_THAT(Summaries(issues_.Issues()),
              ElementsAre("blank_line 1@8", "empty_text 1@2", "empty_label 2@3,4",
                          "duplicate_text 2@6,9", "conflicting_label 1@7"));
}

TEST_F(LabelledDatasetTest, EvaluationKeepsEmptyTextsAndUnseenLabels) {
  const auto set = LoadEvaluation("z\tone\nb\t\n\ttwo\nc\tthree\na\tfour\n", {"b", "a"});
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_THAT(set->label_names(), ElementsAre("b", "a", "c", "z"));
  EXPECT_THAT(set->labels(), ElementsAre(3, 0, 2, 1));
  EXPECT_THAT(set->texts(), ElementsAre("one", "", "three", "four"));
  EXPECT_THAT(Summaries(issues_.Issues()),
              ElementsAre("empty_text 1@2", "empty_label 1@3", "unseen_label 2@1,4"));
}

TEST_F(LabelledDatasetTest, OneClassIsEnoughToEvaluateAndTooFewToTrain) {
  EXPECT_TRUE(LoadEvaluation("a\tone\na\ttwo\n", {"a", "b"}).ok());
  const auto set = LoadTraining("a\tone\na\ttwo\nb\t\n");
  EXPECT_EQ(set.status().code(), StatusCode::kBadData);
  EXPECT_THAT(set.status().message(), HasSubstr("train.tsv: every row has the label 'a'"));
}

TEST_F(LabelledDatasetTest, NoRowsLeftIsAnError) {
  EXPECT_THAT(LoadTraining("a\t\n\ttext\n").status().message(),
              HasSubstr("no row has both a text and a label"));
  EXPECT_THAT(LoadEvaluation("\ttext\n", {"a"}).status().message(), HasSubstr("no row has both"));
}

TEST_F(LabelledDatasetTest, TextsTakenForLabelsAreNoticed) {
  std::string swapped;
  for (int i = 0; i < 30; ++i) swapped += "text number " + std::to_string(i) + "\tgood\n";
  const auto set = LoadTraining(swapped);
  EXPECT_EQ(set.status().code(), StatusCode::kBadData);
  EXPECT_THAT(set.status().message(),
              HasSubstr("30 different labels in 30 rows cannot be learnt; read as TSV without a "
                        "header; texts in column 2, labels in column 1"));
}

TEST_F(LabelledDatasetTest, ErrorsOfTheReaderComeThrough) {
  EXPECT_THAT(LoadTraining("a\tone\nb\n").status().message(), HasSubstr("line 2: 1 columns"));
  source_.path = folder_.path() + "/missing.tsv";
  EXPECT_EQ(LabelledDataset::LoadTraining(source_, context_, &issues_).status().code(),
            StatusCode::kNotFound);
}

TEST_F(LabelledDatasetTest, StopsWhenCancelled) {
  const std::atomic<bool> cancelled = true;
  context_.cancelled = &cancelled;
  EXPECT_EQ(LoadTraining("a\tone\nb\ttwo\n").status().code(), StatusCode::kCancelled);
}

TEST_F(LabelledDatasetTest, ManyTextsSurviveTheArena) {
  std::string contents;
  std::vector<std::string> expected;
  for (size_t i = 0; i < 3000; ++i) {
    expected.push_back(std::to_string(i) + std::string((i * 7919) % 9000, 'x'));
    contents += (i % 2 == 0 ? "a\t" : "b\t") + expected.back() + "\n";
  }
  expected.push_back(std::string(kMaxRecordBytes - 2, 'y'));
  contents += "a\t" + expected.back() + "\n";
  auto set = LoadTraining(contents);
  ASSERT_TRUE(set.ok()) << set.status().message();
  const LabelledDataset moved = *std::move(set);
  ASSERT_EQ(moved.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(moved.texts()[i] == expected[i]) << i;
}

TEST_F(LabelledDatasetTest, TestTextsThatWereTrainedOnAreReported) {
  const auto train = LoadTraining("a\tone\nb\ttwo\n");
  const auto test = LoadEvaluation("a\ttwo\na\tthree\nb\tOne\na\tone\n", {"a", "b"});
  ASSERT_TRUE(train.ok() && test.ok());
  IssueLog test_issues("test.tsv");
  ReportTestTextsInTrain(*train, *test, &test_issues);
  EXPECT_THAT(Summaries(test_issues.Issues()), ElementsAre("test_text_in_train 2@1,4"));
}

}  // namespace
}  // namespace llmembed::data
