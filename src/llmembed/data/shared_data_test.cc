// The benchmark sets, where they are on this machine: every file loads, every line is a row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "data/labelled_dataset.h"
#include "data/split.h"
#include "data/test_support.h"

namespace llmembed::data {
namespace {

std::optional<std::string> SharedData() {
  const char* variable = std::getenv("LLMEMBED_SHARED");
  const std::string folder =
      std::string(variable != nullptr ? variable : LLMEMBED_SOURCE_DIR "/../shared") + "/data/";
  if (!std::filesystem::is_directory(folder)) return std::nullopt;
  return folder;
}

struct KnownSet {
  const char* path;
  uint64_t rows;
  size_t classes;
};

constexpr KnownSet kKnownSets[] = {
    {"agnews/test", 7600, 4},
    {"agnews/train", 8814, 4},
    {"agnews/train_description_only", 9977, 4},
    {"imdb_40k_10k/test", 10000, 2},
    {"imdb_40k_10k/train", 40000, 2},
    {"mr/test", 3554, 2},
    {"mr/train", 7108, 2},
    {"r52/test", 2568, 52},
    {"r52/train", 6532, 52},
    {"r8/test", 2189, 8},
    {"r8/train", 5485, 8},
    {"sst2/test", 872, 2},
    {"sst2/test1821", 1821, 2},
    {"sst2/train", 67349, 2},
};

class SharedDataTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto folder = SharedData();
    if (!folder) GTEST_SKIP() << "skipped: no shared data";
    folder_ = *folder;
  }

  LabelledDataset Load(const std::string& name, IssueLog* issues) {
    DataSource source;
    source.path = folder_ + name + ".tsv.gz";
    auto set = LabelledDataset::LoadTraining(source, {}, issues);
    EXPECT_TRUE(set.ok()) << set.status().message();
    return set.ok() ? *std::move(set) : LabelledDataset();
  }

  std::string folder_;
};

TEST_F(SharedDataTest, EveryLineIsARow) {
  uint64_t rows = 0;
  for (const KnownSet& known : kKnownSets) {
    IssueLog issues(known.path);
    const LabelledDataset set = Load(known.path, &issues);
    EXPECT_EQ(set.size(), known.rows) << known.path;
    EXPECT_EQ(set.label_names().size(), known.classes) << known.path;
    EXPECT_EQ(issues.count(IssueKind::kInvalidUtf8), 0U) << known.path;
    EXPECT_EQ(issues.count(IssueKind::kBlankLine), 0U) << known.path;
    rows += set.size();
  }
  EXPECT_EQ(rows, 173869U);
}

TEST_F(SharedDataTest, DuplicatesOfR8AreThoseItsAuthorsState) {
  IssueLog train_issues("train"), test_issues("test");
  const LabelledDataset train = Load("r8/train", &train_issues);
  const LabelledDataset test = Load("r8/test", &test_issues);
  ReportTestTextsInTrain(train, test, &test_issues);
  EXPECT_EQ(train_issues.count(IssueKind::kDuplicateText), 48U);
  EXPECT_EQ(train_issues.count(IssueKind::kConflictingLabel), 3U);  // 51 in all
  EXPECT_EQ(test_issues.count(IssueKind::kDuplicateText), 10U);
  EXPECT_EQ(test_issues.count(IssueKind::kTestTextInTrain), 1U);
}

TEST_F(SharedDataTest, R52IsDividedWithEveryClassInTraining) {
  IssueLog issues("train");
  const LabelledDataset train = Load("r52/train", &issues);
  const auto split = HoldOut(train, {0.1, 1}, &issues);
  ASSERT_TRUE(split.ok());
  EXPECT_NEAR(static_cast<double>(split->held_out.size()), 653.2, 5.0);
  std::vector<bool> in_training(52);
  for (const uint32_t row : split->train) in_training[train.labels()[row]] = true;
  EXPECT_THAT(in_training, ::testing::Each(true));
}

}  // namespace
}  // namespace llmembed::data
