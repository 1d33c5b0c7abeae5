#include "pipeline/known_models/known_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace llmembed::pipeline {
namespace {

constexpr size_t kWidth = 24;
constexpr int32_t kIds[] = {7, 8, 9};
constexpr size_t kTokens = 3 + 2 + 1;

// States of three texts of 3, 2 and 1 tokens at layers 0 and 1, and the goldens they ought to have.
class GoldensTest : public testing::Test {
 protected:
  GoldensTest() {
    states_.width = kWidth;
    states_.points = {{0, false}, {1, true}, {1, false}};
    for (size_t i = 0; i < states_.points.size(); ++i) {
      std::vector<float> state(kTokens * kWidth);
      for (size_t k = 0; k < state.size(); ++k) {
        state[k] = std::sin(static_cast<float>(k + 1000 * i));
      }
      states_.states.push_back(std::move(state));
    }
    for (const size_t last_token : {2, 4, 5}) {
      for (const auto& state : states_.states) {
        const float* token = state.data() + last_token * kWidth;
        double squares = 0.0;
        for (size_t k = 0; k < kWidth; ++k) squares += double{token[k]} * token[k];
        for (size_t k = 0; k < kGoldenNumbers; ++k) values_.push_back(token[3 * k]);
        values_.push_back(static_cast<float>(std::sqrt(squares)));
      }
    }
    known_.name = "some";
    known_.states = states_.points.size();
    known_.ids = {kIds, std::span(kIds).first(2), std::span(kIds).first(1)};
    known_.values = values_;
  }

  // Where the goldens say the states go wrong first.
  std::string FirstDifference() const {
    return CompareWithGoldens(known_, states_).first_difference;
  }

  extract::LayerStates states_;
  std::vector<float> values_;
  KnownModel known_;
};

TEST_F(GoldensTest, FitTheStatesTheyWereTakenFrom) {
  const ModelCheck check = CompareWithGoldens(known_, states_);
  EXPECT_EQ(check.first_difference, "");
  ASSERT_EQ(check.states.size(), 3U);
  EXPECT_EQ(check.states[1].state, "1.raw");
  EXPECT_LT(check.states[1].max_relative, 1e-6);
}

TEST_F(GoldensTest, ASampledNumberThatIsOffIsSeen) {
  states_.states[2][5 * kWidth + 3] += 0.1F;
  EXPECT_EQ(FirstDifference(), "1");
  states_.states[1][2 * kWidth + 21] += 0.1F;
  EXPECT_EQ(FirstDifference(), "1.raw");
}

TEST_F(GoldensTest, AnyOtherNumberIsSeenByTheNorm) {
  states_.states[0][4 * kWidth + 4] += 5.0F;
  EXPECT_EQ(FirstDifference(), "0");
}

TEST_F(GoldensTest, NumbersThatAreNotFiniteAreSeen) {
  states_.states[1][4 * kWidth + 4] = std::nanf("");
  EXPECT_EQ(FirstDifference(), "1.raw");
}

TEST(KnownModelTest, IsFoundByItsWeightsAndElseByItsClaim) {
  EXPECT_EQ(FindKnownModel(MiniLm().weights, ""), &MiniLm());
  EXPECT_EQ(FindKnownModel("", SmolLm2().claim), &SmolLm2());
  EXPECT_EQ(FindKnownModel(MiniLm().weights, SmolLm2().claim), &MiniLm());
  EXPECT_EQ(FindKnownModel("", ""), nullptr);
}

TEST(KnownModelTest, TheShippedGoldensAreWhole) {
  for (const KnownModel* model : {&MiniLm(), &SmolLm2()}) {
    EXPECT_EQ(model->values.size(), model->ids.size() * model->states * kGoldenValues);
    EXPECT_EQ(model->weights.size(), 64U);
    EXPECT_EQ(model->claim.size(), 64U);
    for (const auto& ids : model->ids) EXPECT_FALSE(ids.empty());
  }
}

}  // namespace
}  // namespace llmembed::pipeline
