#include "lexical/lexical_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "lexical/test_problem.h"
#include "lexical/tfidf.h"

namespace llmembed::lexical {
namespace {

using testing::HasSubstr;

std::string Spelling(const NgramVocabulary& vocabulary, uint32_t term) {
  std::string spelling;
  vocabulary.AppendSpelling(term, &spelling);
  return spelling;
}

LexicalModel MustTrain(const LexicalData& data, const LexicalConfig& config = {},
                       const RunContext& context = {}) {
  auto model = LexicalModel::Train(data, config, context);
  EXPECT_TRUE(model.ok()) << model.status().message();
  return model.ok() ? *std::move(model) : LexicalModel({}, {});
}

std::vector<float> MustScore(const LexicalModel& model, std::vector<std::string_view> texts) {
  auto logits = model.Logits(texts, {});
  EXPECT_TRUE(logits.ok()) << logits.status().message();
  return logits.ok() ? *std::move(logits) : std::vector<float>();
}

class GoldenTest : public testing::TestWithParam<size_t> {
 protected:
  GoldenTest()
      : golden_(Golden()),
        case_(golden_["cases"][GetParam()]),
        problem_(golden_["texts"].get<std::vector<std::string>>(),
                 case_["labels"].get<std::vector<uint32_t>>(), case_["classes"].get<uint32_t>()) {
    config_.max_ngram = case_["max_ngram"].get<uint32_t>();
    config_.c = case_["c"].get<double>();
  }

  const base::Json golden_;
  const base::Json case_;
  const TestProblem problem_;
  LexicalConfig config_;
};

TEST_P(GoldenTest, WeighsTermsLikeScikitLearn) {
  const auto vocabulary = BuildVocabulary(problem_.texts, problem_.rows, config_.max_ngram, 2, {});
  ASSERT_TRUE(vocabulary.ok());
  SparseMatrix frequencies;
  frequencies.width = vocabulary->size();
  TermCounter counter(*vocabulary);
  for (const std::string_view text : problem_.texts) counter.AppendRow(text, &frequencies);
  const auto idf = InverseDocumentFrequencies(frequencies, problem_.rows, 2);
  ASSERT_EQ(idf.size(), case_["idf"].size());
  for (uint32_t term = 0; term < idf.size(); ++term) {
    EXPECT_NEAR(idf[term], case_["idf"].value(Spelling(*vocabulary, term), 0.0), 1e-6);
  }
  const SparseMatrix rows = Weighted(frequencies, problem_.rows, idf);
  for (const uint32_t index : problem_.rows) {
    const SparseRow row = rows.row(index);
    const base::Json& expected = case_["rows"][index];
    ASSERT_EQ(row.columns.size(), expected.size()) << problem_.texts[index];
    for (size_t i = 0; i < row.columns.size(); ++i) {
      EXPECT_NEAR(row.values[i], expected.value(Spelling(*vocabulary, row.columns[i]), 0.0), 1e-6);
    }
  }
}

TEST_P(GoldenTest, FindsTheMinimumOfScikitLearn) {
  const LexicalModel model = MustTrain(problem_.data(), config_);
  ASSERT_EQ(model.terms(), case_["idf"].size());
  const TermWeights& weights = model.weights();
  for (uint32_t term = 0; term < model.terms(); ++term) {
    const base::Json& expected = case_["coefficients"][Spelling(model.vocabulary(), term)];
    ASSERT_EQ(expected.size(), weights.outputs());
    for (uint32_t k = 0; k < weights.outputs(); ++k) {
      EXPECT_NEAR(weights.weight[term * weights.outputs() + k], expected[k].get<double>(), 2e-3);
    }
  }
  const auto queries = golden_["queries"].get<std::vector<std::string>>();
  const auto logits = MustScore(model, {queries.begin(), queries.end()});
  ASSERT_EQ(logits.size(), case_["logits"].size());
  for (size_t i = 0; i < logits.size(); ++i) {
    EXPECT_NEAR(logits[i], case_["logits"][i].get<double>(), 2e-3) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenTest, testing::Values(0U, 1U, 2U, 3U));

TEST(LexicalModelTest, TextsWithoutKnownWordsHaveTheBiases) {
  const TestProblem problem = RandomProblem(60, 3);
  const LexicalModel model = MustTrain(problem.data());
  const auto logits = MustScore(model, {"", "never seen", "\xff"});
  ASSERT_EQ(logits.size(), 9U);
  for (size_t i = 0; i < logits.size(); ++i) EXPECT_EQ(logits[i], model.weights().bias[i % 3]);
}

TEST(LexicalModelTest, BitsDoNotDependOnTheThreads) {
  for (const uint32_t classes : {2U, 5U}) {
    const TestProblem problem = RandomProblem(1500, classes);
    RunContext one;
    one.threads = 1;
    RunContext three;
    three.threads = 3;
    const LexicalModel a = MustTrain(problem.data(), {}, one);
    const LexicalModel b = MustTrain(problem.data(), {}, three);
    EXPECT_EQ(a.weights().weight, b.weights().weight);
    EXPECT_EQ(a.weights().bias, b.weights().bias);
    EXPECT_EQ(*a.Logits(problem.texts, one), *b.Logits(problem.texts, three));
  }
}

TEST(LexicalModelTest, LooksAtTheListedRowsAlone) {
  TestProblem problem = RandomProblem(80, 2);
  TestProblem half = RandomProblem(80, 2);
  problem.rows.resize(40);
  half.texts.resize(40);
  half.labels.resize(40);
  half.rows.resize(40);
  EXPECT_EQ(MustTrain(problem.data()).weights().weight, MustTrain(half.data()).weights().weight);
}

TEST(LexicalModelTest, AClassWithoutRowsGetsTheOddsOfSuccession) {
  const TestProblem three = RandomProblem(60, 3);
  LexicalData data = three.data();
  data.classes = 4;
  const LexicalModel model = MustTrain(data);
  const auto logits = MustScore(model, {"never seen"});
  ASSERT_EQ(logits.size(), 4U);
  double sum = 0.0;
  for (int k = 0; k < 3; ++k) sum += std::exp(logits[k]);
  EXPECT_NEAR(std::exp(logits[3]) / sum, 1.0 / 61.0, 1e-6);
  EXPECT_NEAR(model.weights().weight[3], 0.0, 0.0);
}

TEST(LexicalModelTest, RefusesWhatCannotBeTrained) {
  const TestProblem problem({"aa bb", "cc dd"}, {0, 1}, 2);
  const auto no_terms = LexicalModel::Train(problem.data(), {}, {});
  EXPECT_EQ(no_terms.status().code(), StatusCode::kBadData);
  EXPECT_THAT(no_terms.status().message(), HasSubstr("nothing to count"));
  const TestProblem one_class({"aa", "aa"}, {1, 1}, 2);
  EXPECT_EQ(LexicalModel::Train(one_class.data(), {}, {}).status().code(), StatusCode::kBadData);
  LexicalData twice = problem.data();
  const std::vector<uint32_t> rows = {0, 0};
  twice.rows = rows;
  EXPECT_EQ(LexicalModel::Train(twice, {}, {}).status().code(), StatusCode::kInternal);
  for (const LexicalConfig& config :
       {LexicalConfig{0, 2, 10}, LexicalConfig{9, 2, 10}, LexicalConfig{2, 0, 10},
        LexicalConfig{2, 2, 0}, LexicalConfig{2, 2, std::nan("")}}) {
    EXPECT_EQ(LexicalModel::Train(problem.data(), config, {}).status().code(), StatusCode::kUsage);
  }
}

TEST(LexicalModelTest, StopsWhenAsked) {
  const TestProblem problem = RandomProblem(60, 2);
  const std::atomic<bool> cancelled = true;
  RunContext context;
  context.cancelled = &cancelled;
  EXPECT_EQ(LexicalModel::Train(problem.data(), {}, context).status().code(),
            StatusCode::kCancelled);
  EXPECT_EQ(MustTrain(problem.data()).Logits(problem.texts, context).status().code(),
            StatusCode::kCancelled);
}

}  // namespace
}  // namespace llmembed::lexical
