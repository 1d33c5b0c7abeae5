#include "head/mlp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "head/test_problem.h"

namespace llmembed::head {
namespace {

// The loss in f64 throughout, from the layers that the network exports.
double PlainLoss(const Head& head, const MlpBatch& batch) {
  double loss = 0.0;
  for (size_t row = 0; row < batch.targets.labels.size(); ++row) {
    const auto x = batch.features.subspan(row * head.width(), head.width());
    std::vector<double> values(x.begin(), x.end());
    for (size_t i = 0; i < head.layers.size(); ++i) {
      const LinearLayer& layer = head.layers[i];
      std::vector<double> outputs(layer.bias.begin(), layer.bias.end());
      for (uint32_t o = 0; o < layer.outputs; ++o) {
        for (uint32_t j = 0; j < layer.inputs; ++j) {
          outputs[o] += double{layer.weight[o * layer.inputs + j]} * values[j];
        }
        if (i + 1 < head.layers.size()) outputs[o] = std::max(outputs[o], 0.0);
      }
      values = outputs;
    }
    double sum = 0.0;
    for (const double value : values) sum += std::exp(value);
    for (size_t c = 0; c < values.size(); ++c) {
      const double smoothing = batch.targets.label_smoothing;
      const double target = (c == batch.targets.labels[row] ? 1.0 - smoothing : 0.0) +
                            smoothing / static_cast<double>(values.size());
      loss -= batch.targets.weights[row] * target * (values[c] - std::log(sum));
    }
  }
  return loss;
}

Mlp MakeMlp(const std::vector<uint32_t>& sizes, base::Random* random) {
  auto made = Mlp::Create(compute::CpuRowOps(compute::GemmThreads::kAll), sizes, random);
  EXPECT_TRUE(made.ok()) << made.status().message();
  return *std::move(made);
}

// NaN when it fails.
double Loss(Mlp* mlp, const MlpBatch& batch, const compute::Dropout& dropout,
            std::span<float> gradient) {
  double loss = 0.0;
  return mlp->LossAndGradient(batch, dropout, gradient, {}, &loss).ok() ? loss : std::nan("");
}

class MlpGradientTest : public testing::TestWithParam<std::vector<uint32_t>> {};

INSTANTIATE_TEST_SUITE_P(Shapes, MlpGradientTest,
                         testing::Values(std::vector<uint32_t>{6, 3},
                                         std::vector<uint32_t>{6, 10, 3},
                                         std::vector<uint32_t>{6, 9, 7, 3}));

TEST_P(MlpGradientTest, EqualsDifferenceQuotients) {
  const TestProblem problem = MakeBlobs({.rows = 16, .width = 6, .classes = 3});
  std::vector<float> weights(16, 1.0F / 16.0F);
  weights[3] = 0.5F;
  const MlpBatch batch{problem.features, {problem.labels, weights, 0.1}};
  base::Random random(8);
  Mlp mlp = MakeMlp(GetParam(), &random);
  std::vector<float> gradient(mlp.parameters().size());
  EXPECT_NEAR(Loss(&mlp, batch, {}, gradient), PlainLoss(*mlp.ToHead(), batch), 1e-5);

  for (size_t i = 0; i < gradient.size(); ++i) {
    float& parameter = mlp.parameters()[i];
    const float before = parameter;
    parameter = before + 1e-4F;
    const double up_at = parameter;
    const double up = PlainLoss(*mlp.ToHead(), batch);
    parameter = before - 1e-4F;
    const double down = PlainLoss(*mlp.ToHead(), batch);
    const double slope = (up - down) / (up_at - parameter);
    parameter = before;
    EXPECT_NEAR(gradient[i], slope, 1e-4) << "parameter " << i;
  }
}

// With the same masks drawn again, the loss with dropout is a plain function of the parameters.
TEST(MlpTest, GradientEqualsDifferenceQuotientsUnderDropout) {
  const TestProblem problem = MakeBlobs({.rows = 16, .width = 6, .classes = 3});
  const std::vector<float> weights(16, 1.0F);
  const MlpBatch batch{problem.features, {problem.labels, weights}};
  base::Random random(8);
  Mlp mlp = MakeMlp({6, 20, 3}, &random);
  std::vector<float> gradient(mlp.parameters().size());
  std::vector<float> unused(gradient.size());
  const auto loss_at = [&](size_t index, float change, std::vector<float>* out) {
    const float before = mlp.parameters()[index];
    mlp.parameters()[index] = before + change;
    base::Random masks(5);
    const double loss = Loss(&mlp, batch, {0.4, &masks}, *out);
    mlp.parameters()[index] = before;
    return loss;
  };
  loss_at(0, 0.0F, &gradient);
  size_t silent = 0;
  for (size_t i = 0; i < gradient.size(); ++i) {
    const double slope = (loss_at(i, 1e-3F, &unused) - loss_at(i, -1e-3F, &unused)) / 2e-3;
    EXPECT_NEAR(gradient[i], slope, 2e-2) << "parameter " << i;
    silent += gradient[i] == 0.0F ? 1 : 0;
  }
  EXPECT_LT(silent, gradient.size() / 4);
}

TEST(MlpTest, DropoutDropsItsShareAndKeepsTheMean) {
  // One input of 1 into 20,000 units of weight 1; the two logits are 0 and their mean.
  base::Random random(1);
  Mlp mlp = MakeMlp({1, 20000, 2}, &random);
  std::fill(mlp.parameters().begin(), mlp.parameters().end(), 0.0F);
  std::fill_n(mlp.parameters().begin(), 20000, 1.0F);
  std::fill_n(mlp.parameters().begin() + 60000, 20000, 1.0F / 20000.0F);
  const std::vector<float> x = {1.0F};
  const std::vector<uint32_t> labels = {0};
  const std::vector<float> weights = {1.0F};
  std::vector<float> gradient(mlp.parameters().size());
  EXPECT_NEAR(Loss(&mlp, {x, {labels, weights}}, {0.25, &random}, gradient),
              std::log1p(std::exp(1.0)), 0.02);
  const auto dropped = std::count(gradient.begin(), gradient.begin() + 20000, 0.0F);
  EXPECT_NEAR(static_cast<double>(dropped) / 20000.0, 0.25, 0.02);
}

TEST(MlpTest, StartsKaimingUniform) {
  base::Random random(3);
  Mlp mlp = MakeMlp({300, 200, 50}, &random);
  const Head head = *mlp.ToHead();
  for (size_t i = 0; i < 2; ++i) {
    const LinearLayer& layer = head.layers[i];
    const double variance = (i == 0 ? 2.0 : 1.0) / layer.inputs;
    double square = 0.0;
    for (const float weight : layer.weight) {
      EXPECT_LE(std::abs(weight), std::sqrt(3.0 * variance) * 1.000001);
      square += double{weight} * weight;
    }
    EXPECT_NEAR(square / static_cast<double>(layer.weight.size()) / variance, 1.0, 0.05);
    EXPECT_TRUE(
        std::all_of(layer.bias.begin(), layer.bias.end(), [](float bias) { return bias == 0.0F; }));
  }
}

TEST(MlpTest, DecaysWeightsAndNotBiases) {
  base::Random random(3);
  const Mlp mlp = MakeMlp({2, 3, 2}, &random);
  EXPECT_EQ(mlp.DecayMask(),
            (std::vector<float>{1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0}));
}

}  // namespace
}  // namespace llmembed::head
