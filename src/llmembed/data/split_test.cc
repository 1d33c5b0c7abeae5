#include "data/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "base/random.h"
#include "data/test_support.h"
#include "data/text_index.h"

namespace llmembed::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Rows to divide; every text is its own unless said otherwise.
struct Rows {
  std::vector<uint32_t> labels;
  std::vector<uint32_t> first_rows;
  std::vector<uint32_t> rows;

  // `texts` more rows of a class, each text `repeats` times.
  void Add(uint32_t label, size_t texts, size_t repeats = 1) {
    for (size_t text = 0; text < texts; ++text) {
      const auto first = static_cast<uint32_t>(rows.size());
      for (size_t i = 0; i < repeats; ++i) {
        rows.push_back(static_cast<uint32_t>(rows.size()));
        labels.push_back(label);
        first_rows.push_back(first);
      }
    }
  }

  SplitInput input() const { return {labels, first_rows, rows}; }
};

std::vector<size_t> CountsByClass(const Rows& rows, const std::vector<uint32_t>& part) {
  std::vector<size_t> counts(1 + *std::max_element(rows.labels.begin(), rows.labels.end()));
  for (const uint32_t row : part) ++counts[rows.labels[row]];
  return counts;
}

// Whatever was divided: all rows once, equal texts together, every class in training.
void ExpectSound(const SplitInput& input, const Split& split) {
  std::vector<uint32_t> all = split.train;
  all.insert(all.end(), split.held_out.begin(), split.held_out.end());
  std::vector<uint32_t> expected(input.rows.begin(), input.rows.end());
  std::sort(all.begin(), all.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(all, expected);

  std::set<uint32_t> train_texts, train_labels, labels;
  for (const uint32_t row : split.train) {
    train_texts.insert(input.first_rows[row]);
    train_labels.insert(input.labels[row]);
  }
  for (const uint32_t row : split.held_out) {
    EXPECT_FALSE(train_texts.contains(input.first_rows[row])) << "row " << row;
  }
  for (const uint32_t row : input.rows) labels.insert(input.labels[row]);
  EXPECT_EQ(train_labels, labels);
}

Split Divide(const Rows& rows, double share, uint64_t seed = 1) {
  const auto split = HoldOut(rows.input(), {share, seed});
  EXPECT_TRUE(split.ok()) << split.status().message();
  if (!split.ok()) return {};
  ExpectSound(rows.input(), *split);
  return *split;
}

TEST(SplitTest, EveryClassGivesItsShare) {
  Rows rows;
  rows.Add(0, 1000);
  rows.Add(1, 200);
  rows.Add(2, 30);
  EXPECT_THAT(CountsByClass(rows, Divide(rows, 0.1).held_out), ElementsAre(100, 20, 3));
  EXPECT_THAT(CountsByClass(rows, Divide(rows, 0.5).held_out), ElementsAre(500, 100, 15));
}

TEST(SplitTest, TheTotalIsTheShareOfAllRows) {
  Rows rows;
  for (uint32_t label = 0; label < 10; ++label) rows.Add(label, 14);
  EXPECT_THAT(Divide(rows, 0.1).held_out, SizeIs(14));  // four classes give two rows
  Rows small;
  for (uint32_t label = 0; label < 5; ++label) small.Add(label, 4);
  EXPECT_THAT(Divide(small, 0.1).held_out, SizeIs(2));
}

TEST(SplitTest, SmallClasses) {
  Rows rows;
  rows.Add(0, 100);
  rows.Add(1, 1);
  rows.Add(2, 2);
  rows.Add(3, 3);
  EXPECT_THAT(CountsByClass(rows, Divide(rows, 0.1).held_out), ElementsAre(10, 0, 0, 1));
  EXPECT_THAT(CountsByClass(rows, Divide(rows, 0.3).held_out), ElementsAre(30, 0, 1, 1));
  EXPECT_THAT(CountsByClass(rows, Divide(rows, 0.99).train), ElementsAre(1, 1, 1, 1));
}

TEST(SplitTest, DependsOnTheSeedAlone) {
  Rows rows;
  rows.Add(0, 300);
  rows.Add(1, 100);
  EXPECT_EQ(Divide(rows, 0.2, 5).held_out, Divide(rows, 0.2, 5).held_out);
  EXPECT_NE(Divide(rows, 0.2, 5).held_out, Divide(rows, 0.2, 6).held_out);
  // What is promised for ever: a change here changes everyone's splits.
  Rows few;
  few.Add(0, 8);
  few.Add(1, 4);
  EXPECT_THAT(Divide(few, 0.25, 1).held_out, ElementsAre(3, 5, 10));
}

TEST(SplitTest, EqualTextsStayTogether) {
  Rows rows;
  rows.Add(0, 20, 5);
  rows.Add(1, 50, 2);
  EXPECT_THAT(CountsByClass(rows, Divide(rows, 0.1).held_out), ElementsAre(10, 10));
  Rows one_text;
  one_text.Add(0, 1, 40);
  one_text.Add(1, 40);
  EXPECT_THAT(CountsByClass(one_text, Divide(one_text, 0.25).held_out), ElementsAre(0, 10));
}

TEST(SplitTest, AClassInsideAnothersTextStaysInTraining) {
  // Label 1 stands only on a repeat of a text that label 0 has first.
  Rows rows;
  rows.Add(0, 1, 2);
  rows.labels[1] = 1;
  rows.Add(0, 3);
  for (uint64_t seed = 0; seed < 50; ++seed) Divide(rows, 0.5, seed);
}

TEST(SplitTest, ASubsetIsDividedByItself) {
  Rows rows;
  rows.Add(0, 100);
  rows.Add(1, 50, 2);
  const Split outer = Divide(rows, 0.2);
  const SplitInput inner_input = {rows.labels, rows.first_rows, outer.train};
  const auto inner = HoldOut(inner_input, {0.25, 9});
  ASSERT_TRUE(inner.ok());
  ExpectSound(inner_input, *inner);
  EXPECT_THAT(CountsByClass(rows, inner->held_out), ElementsAre(20, 20));
}

TEST(SplitTest, HoldsOnSkewedData) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    base::Random random(seed);
    const uint32_t classes = 1 + random.Below(30);
    Rows rows;
    for (uint32_t i = 0; i < 500; ++i) {
      const double skewed = std::pow(random.Uniform(), 4.0) * classes;
      const uint32_t repeats = random.Below(10) == 0 ? 1 + random.Below(30) : 1;
      rows.Add(static_cast<uint32_t>(skewed), 1, repeats);
    }
    for (uint32_t i = 0; i < 40; ++i) {  // the same text under other labels
      rows.labels[random.Below(static_cast<uint32_t>(rows.labels.size()))] = random.Below(classes);
    }
    random.Shuffle(std::span(rows.rows));
    const double share = 0.02 + 0.9 * random.Uniform();
    const Split split = Divide(rows, share, seed);
    const double error =
        static_cast<double>(split.held_out.size()) - share * static_cast<double>(rows.rows.size());
    EXPECT_LE(std::abs(error), 30.0 * classes) << "seed " << seed;
  }
}

TEST(SplitTest, RefusesWhatCannotBe) {
  Rows rows;
  rows.Add(0, 10);
  for (const double share : {0.0, 1.0, -0.5, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(HoldOut(rows.input(), {share, 1}).status().code(), StatusCode::kUsage) << share;
  }
  Rows singles;
  for (uint32_t label = 0; label < 10; ++label) singles.Add(label, 1);
  EXPECT_EQ(HoldOut(singles.input(), {0.5, 1}).status().code(), StatusCode::kBadData);
  EXPECT_EQ(HoldOut(Rows().input(), {0.5, 1}).status().code(), StatusCode::kBadData);
}

TEST(SplitTest, ClassesThatAreNotHeldOutAreReported) {
  const TemporaryFolder folder;
  std::string contents = "rare\tone\nrare\tone\n";
  for (int i = 0; i < 40; ++i) {
    contents += (i % 2 == 0 ? "a\ttext " : "b\ttext ") + std::to_string(i) + "\n";
  }
  DataSource source;
  source.path = folder.Write("train.tsv", contents);
  IssueLog issues(source.path);
  const auto set = LabelledDataset::LoadTraining(source, {}, &issues);
  ASSERT_TRUE(set.ok()) << set.status().message();
  const auto split = HoldOut(*set, {0.1, 1}, &issues);
  ASSERT_TRUE(split.ok());
  EXPECT_THAT(split->held_out, SizeIs(4));
  EXPECT_THAT(Summaries(issues.Issues()),
              ElementsAre("duplicate_text 1@2", "class_not_held_out 2@1,2"));
}

}  // namespace
}  // namespace llmembed::data
