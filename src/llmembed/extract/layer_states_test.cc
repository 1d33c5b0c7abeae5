#include "extract/layer_states.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/expected_states.h"

namespace llmembed::extract {
namespace {

constexpr const char* kFolder = LLMEMBED_SOURCE_DIR "/tests/golden/tiny_llama";

class LayerStatesTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const test::ExpectedText& text : expected_) ids_.push_back(text.ids);
    ASSERT_GE(ids_.size(), 2U);
  }

  base::ThreadPool pool_{2};
  const std::vector<test::ExpectedText> expected_ = test::ExpectedTextsOf(kFolder);
  TokenIds ids_;
};

TEST_F(LayerStatesTest, AreInTheOrderOfLayersAndTexts) {
  const auto runner =
      StateRunner::Load(kFolder, compute::MakeReferenceBackend(compute::MathType::kF32), &pool_);
  ASSERT_TRUE(runner.ok()) << runner.status().message();
  const auto states = (*runner)->RunAlone(ids_, nullptr);
  ASSERT_TRUE(states.ok()) << states.status().message();
  const size_t layers = expected_[0].layers;
  const size_t width = expected_[0].width;
  ASSERT_EQ(states->width, width);
  ASSERT_EQ(states->points.size(), layers + 2);
  EXPECT_EQ(states->points[layers], (backbone::StatePoint{layers, true}));
  EXPECT_EQ(states->points[layers + 1], (backbone::StatePoint{layers, false}));
  size_t first_token = 0;
  for (const test::ExpectedText& text : expected_) {
    for (size_t i = 0; i < states->points.size(); ++i) {
      const float* expected = states->points[i].is_before_final_norm
                                  ? text.before_final_norm.data()
                                  : text.State(states->points[i].layer, 0);
      for (size_t k = 0; k < text.ids.size() * width; ++k) {
        ASSERT_NEAR(states->states[i][first_token * width + k], expected[k],
                    1e-4 * std::max(1.0F, std::abs(expected[k])));
      }
    }
    first_token += text.ids.size();
  }
}

TEST_F(LayerStatesTest, TogetherTheyAreWhatTheyAreAlone) {
  const auto runner =
      StateRunner::Load(kFolder, *compute::MakeCpuBackend(compute::MathType::kF32), &pool_);
  ASSERT_TRUE(runner.ok()) << runner.status().message();
  const auto alone = (*runner)->RunAlone(ids_, nullptr);
  const auto together = (*runner)->RunTogether(ids_, nullptr);
  ASSERT_TRUE(alone.ok() && together.ok());
  EXPECT_EQ(alone->states, together->states);
}

TEST_F(LayerStatesTest, StopWhenAsked) {
  const auto runner =
      StateRunner::Load(kFolder, *compute::MakeCpuBackend(compute::MathType::kF32), &pool_);
  ASSERT_TRUE(runner.ok());
  const std::atomic<bool> cancelled{true};
  EXPECT_EQ((*runner)->RunAlone(ids_, &cancelled).status().code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace llmembed::extract
