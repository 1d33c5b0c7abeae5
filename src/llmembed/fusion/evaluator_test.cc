#include "fusion/evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "base/random.h"

namespace llmembed::fusion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Inputs = std::vector<std::vector<float>>;

Evaluator MakeEvaluator(std::string_view text, std::vector<size_t> tap_widths) {
  auto expression = Expression::Parse(text);
  EXPECT_TRUE(expression.ok()) << expression.status().message();
  auto evaluator = Evaluator::Create(*expression, tap_widths);
  EXPECT_TRUE(evaluator.ok()) << evaluator.status().message();
  return *std::move(evaluator);
}

std::vector<float> Evaluated(Evaluator* evaluator, const Inputs& inputs, size_t rows) {
  std::vector<float> output(rows * evaluator->width(), -1.0F);
  const std::vector<std::span<const float>> views(inputs.begin(), inputs.end());
  const Status status = evaluator->Evaluate(views, rows, output);
  EXPECT_TRUE(status.ok()) << status.message();
  return output;
}

TEST(EvaluatorTest, ABareTapIsCopied) {
  Evaluator evaluator = MakeEvaluator("0:mean", {2});
  EXPECT_THAT(Evaluated(&evaluator, {{1, 2, 3, 4}}, 2), ElementsAre(1, 2, 3, 4));
}

TEST(EvaluatorTest, CatAndAvgByHand) {
  Evaluator cat = MakeEvaluator("cat(0:mean, 1:mean)", {2, 1});
  EXPECT_THAT(Evaluated(&cat, {{1, 2, 3, 4}, {9, 8}}, 2), ElementsAre(1, 2, 9, 3, 4, 8));

  Evaluator avg = MakeEvaluator("avg(0:mean, 1:mean, 2:mean)", {2, 2, 2});
  EXPECT_THAT(Evaluated(&avg, {{0, 3}, {3, 6}, {6, -3}}, 1), ElementsAre(3, 2));

  Evaluator nested = MakeEvaluator("cat(avg(0:mean, 1:mean), 0:mean, cat(2:cls))", {2, 2, 1});
  EXPECT_THAT(Evaluated(&nested, {{1, 2, 3, 4}, {3, 4, 5, 6}, {7, 8}}, 2),
              ElementsAre(2, 3, 1, 2, 7, 4, 5, 3, 4, 8));
}

TEST(EvaluatorTest, AvgNeitherOverflowsNorLosesSmallTerms) {
  const float big = std::numeric_limits<float>::max();
  Evaluator avg = MakeEvaluator("avg(0:mean, 1:mean, 2:mean)", {1, 1, 1});
  EXPECT_THAT(Evaluated(&avg, {{big}, {big}, {big}}, 1), ElementsAre(big));
  EXPECT_THAT(Evaluated(&avg, {{1e9F}, {3.0F}, {-1e9F}}, 1), ElementsAre(1.0F));
}

// Many rows go through in blocks; each result must be what its row alone gives.
TEST(EvaluatorTest, BlocksDoNotShow) {
  constexpr size_t kRows = 1003;
  const std::vector<size_t> tap_widths = {37, 37, 5};
  base::Random random(7);
  Inputs inputs;
  for (const size_t width : tap_widths) {
    std::vector<float>& input = inputs.emplace_back(kRows * width);
    for (float& value : input) value = static_cast<float>(random.Normal());
  }
  Evaluator evaluator = MakeEvaluator("cat(avg(0:mean, 1:mean), 2:mean, 0:mean)", tap_widths);
  const std::vector<float> together = Evaluated(&evaluator, inputs, kRows);

  for (size_t row = 0; row < kRows; ++row) {
    Inputs alone;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const auto begin = inputs[i].begin() + static_cast<std::ptrdiff_t>(row * tap_widths[i]);
      alone.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(tap_widths[i]));
    }
    const std::vector<float> expected = Evaluated(&evaluator, alone, 1);
    ASSERT_TRUE(std::equal(expected.begin(), expected.end(),
                           together.begin() + static_cast<std::ptrdiff_t>(row * evaluator.width())))
        << "row " << row;
    for (size_t i = 0; i < 37; ++i) {
      ASSERT_EQ(expected[i], static_cast<float>((double{alone[0][i]} + double{alone[1][i]}) / 2.0));
    }
  }
}

TEST(EvaluatorTest, NoRowsIsFine) {
  Evaluator evaluator = MakeEvaluator("cat(0:mean, 1:mean)", {2, 1});
  EXPECT_THAT(Evaluated(&evaluator, {{}, {}}, 0), ElementsAre());
}

TEST(EvaluatorTest, WrongSizesAreRefused) {
  Evaluator evaluator = MakeEvaluator("cat(0:mean, 1:mean)", {2, 1});
  const std::vector<float> values(12);
  std::vector<float> output(6);
  const std::span<const float> all(values);

  const auto evaluate = [&](std::vector<std::span<const float>> inputs, size_t rows) {
    return evaluator.Evaluate(inputs, rows, output);
  };
  EXPECT_TRUE(evaluate({all.first(4), all.first(2)}, 2).ok());
  EXPECT_EQ(evaluate({all.first(4)}, 2).code(), StatusCode::kInternal);
  EXPECT_THAT(evaluate({all.first(4), all.first(3)}, 2).message(), HasSubstr("tap 1:mean holds 3"));
  EXPECT_THAT(evaluate({all.first(2), all.first(1)}, 1).message(), HasSubstr("the output holds 6"));
  EXPECT_EQ(evaluate({all.first(4), all.first(2)}, SIZE_MAX / 2 + 3).code(), StatusCode::kInternal);
}

TEST(EvaluatorTest, WidthErrorsComeBeforeAnythingRuns) {
  const auto expression = Expression::Parse("avg(0:mean, 1:mean)");
  ASSERT_TRUE(expression.ok());
  const auto evaluator = Evaluator::Create(*expression, std::vector<size_t>{2, 3});
  ASSERT_FALSE(evaluator.ok());
  EXPECT_EQ(evaluator.status().code(), StatusCode::kBadData);
}

// Each part may be wide, all of them together may not.
TEST(EvaluatorTest, ScratchIsBounded) {
  const auto parts = [](int count) {
    std::string text = "avg(avg(0:mean)";
    for (int i = 1; i < count; ++i) text += ", avg(0:mean)";
    return *Expression::Parse(text + ")");
  };
  const std::vector<size_t> widest = {kMaxFusedWidth};
  EXPECT_TRUE(Evaluator::Create(parts(2), widest).ok());
  EXPECT_EQ(Evaluator::Create(parts(17), widest).status().code(), StatusCode::kBadData);
}

}  // namespace
}  // namespace llmembed::fusion
