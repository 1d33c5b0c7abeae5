#include "prompt/label_scorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"

namespace llmembed::prompt {
namespace {

using Tokens = std::vector<int32_t>;

const std::string kGolden = LLMEMBED_SOURCE_DIR "/tests/golden/";

std::vector<float> Scores(LabelScorer* scorer, const std::vector<Tokens>& prompts,
                          const std::vector<Tokens>& labels) {
  std::vector<float> scores(prompts.size() * labels.size());
  const Status status = scorer->Score(prompts, labels, scores, nullptr);
  EXPECT_TRUE(status.ok()) << status.message();
  return scores;
}

void ExpectNear(const std::vector<float>& actual, const std::vector<float>& expected, float bar) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], bar) << i;
}

class LabelScorerTest : public testing::Test {
 protected:
  std::unique_ptr<LabelScorer> Open(const std::string& name) {
    auto scorer = LabelScorer::Open(kGolden + name, *backend_, &pool_);
    EXPECT_TRUE(scorer.ok()) << scorer.status().message();
    return *std::move(scorer);
  }

  std::unique_ptr<compute::Backend> backend_ = *compute::MakeCpuBackend(compute::MathType::kF32);
  base::ThreadPool pool_{2};
};

// A label's score is the mean of what transformers has for its tokens.
TEST_F(LabelScorerTest, GivesTheMeanLogProbabilitiesOfTransformers) {
  const auto expected = base::ReadJsonFile(kGolden + "next_tokens.json");
  ASSERT_TRUE(expected.ok());
  for (const auto& [name, text] : expected->items()) {
    SCOPED_TRACE(name);
    const auto ids = text["ids"].get<Tokens>();
    const auto log_probabilities = text["log_probabilities"].get<std::vector<double>>();
    const auto scorer = Open(name);
    const size_t begin = 8;
    const Tokens prompt(ids.begin(), ids.begin() + begin);
    std::vector<Tokens> labels;
    std::vector<float> means;
    double sum = 0.0;
    for (size_t length = 1; begin + length <= ids.size(); ++length) {
      labels.emplace_back(ids.begin() + begin,
                          ids.begin() + begin + static_cast<ptrdiff_t>(length));
      sum += log_probabilities[begin + length - 2];
      means.push_back(static_cast<float>(sum / static_cast<double>(length)));
    }
    ExpectNear(Scores(scorer.get(), {prompt}, labels), means, 1e-4F);
    ASSERT_TRUE(scorer->CachePrefix(Tokens(ids.begin(), ids.begin() + 5)).ok());
    ExpectNear(Scores(scorer.get(), {prompt}, labels), means, 1e-4F);
  }
}

TEST_F(LabelScorerTest, NeitherTheCacheNorTheNeighboursChangeAScore) {
  const auto scorer = Open("tiny_llama");
  const std::vector<Tokens> prompts = {{1, 2, 3, 4, 5, 6}, {1, 2, 3, 9}, {1, 2, 3}, {7, 8},
                                       {1, 2, 3, 4, 5, 7}, {1}};
  const std::vector<Tokens> labels = {{4}, {5, 6, 7}, {5, 6}, {30, 0, 1, 2}};
  const auto plain = Scores(scorer.get(), prompts, labels);
  const uint64_t tokens = 6 + 4 + 3 + 2 + 6 + 1 + prompts.size() * (0 + 2 + 1 + 3);
  EXPECT_EQ(scorer->tokens().read, tokens);
  EXPECT_EQ(scorer->tokens().reused, 0U);
  for (size_t i = 0; i < prompts.size(); ++i) {
    const auto first = plain.begin() + static_cast<ptrdiff_t>(i * labels.size());
    const std::vector<float> expected(first, first + static_cast<ptrdiff_t>(labels.size()));
    EXPECT_EQ(Scores(scorer.get(), {prompts[i]}, labels), expected);
  }
  const uint64_t before = scorer->tokens().read;
  ASSERT_TRUE(scorer->CachePrefix({1, 2, 3, 4}).ok());
  EXPECT_EQ(Scores(scorer.get(), prompts, labels), plain);
  const uint64_t reused = 4 + 3 + 2 + 0 + 4 + 0;
  EXPECT_EQ(scorer->tokens().reused, reused);
  EXPECT_EQ(scorer->tokens().read - before, 4 + tokens - reused);
  ASSERT_TRUE(scorer->CachePrefix({}).ok());
  EXPECT_EQ(Scores(scorer.get(), prompts, labels), plain);
  EXPECT_EQ(scorer->tokens().reused, reused);
}

TEST_F(LabelScorerTest, StopsWhenItIsTold) {
  const auto scorer = Open("tiny_llama");
  const std::atomic<bool> cancelled = true;
  const std::vector<Tokens> prompts = {{1, 2}};
  const std::vector<Tokens> labels = {{4}};
  std::vector<float> scores(1);
  EXPECT_EQ(scorer->Score(prompts, labels, scores, &cancelled).code(), StatusCode::kCancelled);
}

TEST_F(LabelScorerTest, ModelsThatDoNotTellTheNextTokenAreRefused) {
  const auto scorer = LabelScorer::Open(kGolden + "tiny_bert", *backend_, &pool_);
  EXPECT_EQ(scorer.status().code(), StatusCode::kUsage);
  EXPECT_THAT(scorer.status().message(), testing::HasSubstr("bert has no LM head"));
}

}  // namespace
}  // namespace llmembed::prompt
