#include "compute/losses.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"

namespace llmembed::compute {
namespace {

constexpr uint64_t kClasses = 4;

std::vector<float> RandomLogits(size_t count) {
  base::Random random(2);
  std::vector<float> logits(count);
  for (float& logit : logits) logit = static_cast<float>(2.0 * random.Normal());
  return logits;
}

// The definition, in f64, without the care for overflow.
double PlainSoftmaxLoss(const LossTargets& targets, const std::vector<float>& logits) {
  double loss = 0.0;
  for (size_t row = 0; row < targets.labels.size(); ++row) {
    double sum = 0.0;
    for (uint64_t c = 0; c < kClasses; ++c) sum += std::exp(double{logits[row * kClasses + c]});
    for (uint64_t c = 0; c < kClasses; ++c) {
      const double target = (c == targets.labels[row] ? 1.0 - targets.label_smoothing : 0.0) +
                            targets.label_smoothing / kClasses;
      loss -= targets.weights[row] * target * (double{logits[row * kClasses + c]} - std::log(sum));
    }
  }
  return loss;
}

TEST(SoftmaxCrossEntropyTest, EqualsItsDefinitionAndDifferenceQuotients) {
  const std::vector<uint32_t> labels = {2, 0, 3};
  const std::vector<float> weights = {1.0F, 0.25F, 3.0F};
  const std::vector<float> logits = RandomLogits(12);
  for (const double smoothing : {0.0, 0.1}) {
    const LossTargets targets{labels, weights, smoothing};
    std::vector<float> gradient = logits;
    EXPECT_NEAR(SoftmaxCrossEntropy(targets, kClasses, gradient), PlainSoftmaxLoss(targets, logits),
                1e-5);
    for (size_t i = 0; i < logits.size(); ++i) {
      std::vector<float> up = logits;
      std::vector<float> down = logits;
      up[i] += 0.01F;
      down[i] -= 0.01F;
      const double slope = (PlainSoftmaxLoss(targets, up) - PlainSoftmaxLoss(targets, down)) /
                           (double{up[i]} - double{down[i]});
      EXPECT_NEAR(gradient[i], slope, 1e-4);
    }
  }
}

TEST(SoftmaxCrossEntropyTest, StaysFiniteForHugeLogits) {
  const std::vector<uint32_t> labels = {0};
  const std::vector<float> weights = {1.0F};
  std::vector<float> logits = {-1e4F, 1e4F, 0.0F, 0.0F};
  EXPECT_DOUBLE_EQ(SoftmaxCrossEntropy({labels, weights}, kClasses, logits), 2e4);
  EXPECT_EQ(logits, (std::vector<float>{-1.0F, 1.0F, 0.0F, 0.0F}));
}

TEST(SoftmaxCrossEntropyTest, SkipsRowsWithoutWeight) {
  const std::vector<uint32_t> labels = {0};
  const std::vector<float> weights = {0.0F};
  std::vector<float> logits = {NAN, 1.0F, 2.0F, 3.0F};
  EXPECT_EQ(SoftmaxCrossEntropy({labels, weights}, kClasses, logits), 0.0);
  EXPECT_EQ(logits, (std::vector<float>(4, 0.0F)));
}

TEST(BinaryCrossEntropyTest, EqualsTheSoftmaxOfTwoClasses) {
  const std::vector<uint32_t> labels = {0, 1, 1, 0, 1};
  const std::vector<float> weights = {1.0F, 2.0F, 0.5F, 0.0F, 1.0F};
  std::vector<float> logits = {1.5F, -2.0F, 40.0F, 3.0F, -200.0F};
  std::vector<float> pairs;
  for (const float logit : logits) {
    pairs.push_back(0.0F);
    pairs.push_back(logit);
  }
  for (const double smoothing : {0.0, 0.2}) {
    std::vector<float> binary = logits;
    std::vector<float> softmax = pairs;
    EXPECT_NEAR(BinaryCrossEntropy({labels, weights, smoothing}, binary),
                SoftmaxCrossEntropy({labels, weights, smoothing}, 2, softmax), 1e-4);
    for (size_t i = 0; i < labels.size(); ++i) EXPECT_NEAR(binary[i], softmax[2 * i + 1], 1e-6);
  }
}

}  // namespace
}  // namespace llmembed::compute
